"""Análisis técnico: series completas (TA-Lib), dato a dato (O(1)) y velas a partir de ticks."""
