"""La página Simulación: lo aprendido en las pausas."""
