"""The only front door for untrusted photos and videos."""
