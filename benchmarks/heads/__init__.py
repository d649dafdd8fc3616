"""Heads whose shape is known, shown to the detector and fitted: how far off is it?"""
