"""Piezas de las medidas: no se ejecutan solas."""
