"""Finding the face in photos and clips; the only importer of mediapipe."""
