"""Quién entra: enlaces de un uso, refuerzo, segundo factor y fichas de máquina."""
