"""What is left to explain: predictions, and the terms of the energy."""
