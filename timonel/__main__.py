"""``python -m timonel`` es la misma consola que ``timonel``."""

from timonel.cli import principal

raise SystemExit(principal())
