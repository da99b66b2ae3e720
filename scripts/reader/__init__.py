"""Trains and packs the weights of the reader in ``processing/cross_encoder``."""
