"""Complementos que valen para toda la batería. Lo demás, en el conftest.py de cada carpeta de tests/."""

pytest_plugins = ["tests.complementos.resultados", "tests.complementos.esquemas", "tests.complementos.largas"]
