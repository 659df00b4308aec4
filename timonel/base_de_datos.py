"""De ``TIMONEL_BASE_DE_DATOS`` a los ajustes de Django: SQLite duradera por defecto, PostgreSQL si se pide."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from dominio.errores import ErrorConfiguracion

# FULL: un commit confirmado sobrevive a un corte de luz. IMMEDIATE: el que va a escribir lo dice al empezar.
SQLITE_OPCIONES: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
# Una transacción olvidada suelta sus filas a los 2 s: ninguna abarca una espera de red.
POSTGRES_OPCIONES: dict[str, Any] = {"options": "-c idle_in_transaction_session_timeout=2000"}


def direccion_de_base(entorno: Mapping[str, str]) -> str:
    """Devuelve ``TIMONEL_BASE_DE_DATOS`` o lo que diga el fichero de ``TIMONEL_BASE_DE_DATOS_FILE``; vacía: SQLite.

    Raises:
        ErrorConfiguracion: CFG-BD2 si ese fichero no se puede leer: nunca se opera con otra base por descuido.
    """
    directa, fichero = entorno.get("TIMONEL_BASE_DE_DATOS", ""), entorno.get("TIMONEL_BASE_DE_DATOS_FILE", "")
    if directa or not fichero:
        return directa
    try:
        return Path(fichero).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fallo:
        raise ErrorConfiguracion(
            "CFG-BD2", "El fichero de TIMONEL_BASE_DE_DATOS_FILE no se puede leer.", "Revise la ruta y los permisos."
        ) from fallo


def ajustes_de_base(url: str, datos: Path) -> dict[str, Any]:
    """Devuelve la entrada de ``DATABASES``.

    ``url``: vacía (SQLite en la carpeta de datos), ``sqlite:///ruta`` o ``postgresql://usuario:clave@host:puerto/base``.

    Raises:
        ErrorConfiguracion: CFG-BD1 si no se entiende la dirección.
    """
    if not url:
        return _sqlite(datos / "timonel.sqlite3")
    partes = urlsplit(url)
    if partes.scheme == "sqlite" and partes.path:
        return _sqlite(Path(unquote(partes.path)))
    if partes.scheme in ("postgres", "postgresql") and partes.path.strip("/"):
        consulta = parse_qs(partes.query)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(partes.path.lstrip("/")),
            "USER": unquote(partes.username or ""),
            "PASSWORD": unquote(partes.password or ""),
            "HOST": partes.hostname or consulta.get("host", [""])[0],
            "PORT": str(partes.port or ""),
            "OPTIONS": dict(POSTGRES_OPCIONES),
            "CONN_HEALTH_CHECKS": True,
        }
    raise ErrorConfiguracion(
        "CFG-BD1",
        "TIMONEL_BASE_DE_DATOS no se entiende.",
        "Use sqlite:///ruta/fichero.sqlite3 o postgresql://usuario:clave@servidor/base, o déjela vacía.",
    )


def _sqlite(ruta: Path) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(ruta), "OPTIONS": dict(SQLITE_OPCIONES)}
