"""``python -m timonel.cli``: la misma consola, para los procesos hijos."""

from timonel.cli import principal

raise SystemExit(principal())
