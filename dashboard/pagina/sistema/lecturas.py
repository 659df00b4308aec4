"""Lo que enseña la página de sistema, ya en palabras."""

import platform
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import django
import msgspec
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.salud.listo import comprobar
from historial.models import CabezaAuditoria, Latido, Trabajo
from historial.selectors.frenos import frenos
from historial.selectors.trabajos import ultimos_trabajos

# Sin señal: el bot late cada dos segundos; diez sin latir ya es raro, y un minuto es que no está.
TARDA = timedelta(seconds=10)
MUDO = timedelta(seconds=60)
TRABAJOS = {
    "metricas": (gettext_lazy("Resumen diario"), gettext_lazy("Pone al día las cuentas de cada bot por días.")),
    "horas": (gettext_lazy("Análisis de horas"), gettext_lazy("Recalcula la tabla de horas de las pausas en curso.")),
    "auditoria": (gettext_lazy("Auditoría"), gettext_lazy("Comprueba la cadena entera, eslabón a eslabón.")),
    "retencion": (gettext_lazy("Retención"), gettext_lazy("Borra lo que ya cumplió su plazo.")),
    "avisos": (gettext_lazy("Entrega de avisos"), gettext_lazy("Manda lo que espera en la bandeja.")),
    "acuses": (gettext_lazy("Avisos sin acuse"), gettext_lazy("Repite los que piden respuesta.")),
    "resumen": (gettext_lazy("Resumen por WhatsApp"), gettext_lazy("Manda el resumen del día.")),
}
_ESTADOS_TRABAJO = {
    "hecho": ("bien", gettext_lazy("HECHO")),
    "en_curso": ("atencion", gettext_lazy("EN CURSO")),
    "fallido": ("mal", gettext_lazy("FALLÓ")),
}
_MOTORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Conexion(msgspec.Struct, frozen=True):
    """Un bot y su sede: tono («bien», «atencion», «mal»), frase y cuándo se supo."""

    bot: str
    sede: str
    cuenta: str
    en: datetime
    tono: str
    estado: str
    frase: str
    reconciliado_hace_s: float | None
    version: str
    proceso: str


def conexiones(ahora: datetime) -> list[Conexion]:
    """Devuelve cómo está cada bot con su sede, según su último latido."""
    return [_conexion(fila, ahora) for fila in Latido.objects.order_by("bot", "sede", "cuenta")]


def _conexion(fila: Latido, ahora: datetime) -> Conexion:
    datos: dict[str, Any] = fila.datos if isinstance(fila.datos, dict) else {}
    tono, estado, frase = _diagnostico(datos, ahora - fila.en)
    hace = datos.get("reconciliado_hace_s")
    return Conexion(
        bot=fila.bot,
        sede=fila.sede,
        cuenta=fila.cuenta,
        en=fila.en,
        tono=tono,
        estado=estado,
        frase=frase,
        reconciliado_hace_s=None if hace is None else float(hace) + (ahora - fila.en).total_seconds(),
        version=str(datos.get("version") or ""),
        proceso=fila.proceso,
    )


def _diagnostico(datos: dict[str, Any], edad: timedelta) -> tuple[str, str, str]:
    motivo = datos.get("motivo")
    frase = str(motivo.get("frase") or "") if isinstance(motivo, dict) else ""
    if edad > MUDO:
        return "mal", _("SIN SEÑAL"), _("El bot no da señales: está parado o su proceso murió.")
    if not datos.get("conectado"):
        return "mal", _("SIN CONEXIÓN"), frase or _("No hay conexión con la sede; se está reintentando.")
    if edad > TARDA:
        return "atencion", _("TARDA"), _("La última señal es más vieja de lo normal.")
    if not datos.get("listo", True):
        return "atencion", _("PREPARÁNDOSE"), frase
    return "bien", _("CONECTADO"), frase


def base() -> dict[str, Any]:
    """Devuelve el motor, su versión, cuánto ocupa y si su esquema es el de este programa."""
    estado = comprobar()
    return {
        "motor": _MOTORES.get(connection.vendor, connection.vendor),
        "version": _version_del_motor(),
        "octetos": _octetos(),
        "responde": estado["base"] == "bien",
        "al_dia": estado["migraciones"] == "bien",
        "incrustada": connection.vendor == "sqlite",
    }


def _version_del_motor() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        return str(cursor.fetchone()[0])


def _octetos() -> int:
    if connection.vendor == "sqlite":
        ruta = str(connection.settings_dict["NAME"])
        return sum(Path(ruta + fin).stat().st_size for fin in ("", "-wal") if Path(ruta + fin).exists())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def trabajos() -> list[dict[str, Any]]:
    """Devuelve la última vez de cada trabajo de fondo, con su nombre en palabras."""
    lista = []
    for fila in ultimos_trabajos():
        nombre, frase = TRABAJOS.get(fila["trabajo"], (fila["trabajo"], ""))
        tono, estado = _ESTADOS_TRABAJO.get(fila["estado"], ("", fila["estado"]))
        dura = (fila["terminado_en"] - fila["empezado_en"]).total_seconds() if fila["terminado_en"] else None
        error = (fila["resultado"] or {}).get("error", "") if fila["estado"] == "fallido" else ""
        lista.append(
            {**fila, "nombre": nombre, "frase": frase, "tono": tono, "etiqueta": estado, "dura_s": dura, "error": error}
        )
    return lista


def auditoria() -> dict[str, Any]:
    """Devuelve cuántos eslabones hay y qué dio la última comprobación; ``ultima`` es None si no hubo ninguna."""
    cabezas = list(CabezaAuditoria.objects.values_list("seq", flat=True))
    ultima = Trabajo.objects.filter(trabajo="auditoria", estado="hecho").order_by("-terminado_en").first()
    resultado = (ultima.resultado if ultima else None) or {}
    return {
        "eslabones": sum(cabezas),
        "flujos": len(cabezas),
        "ultima": ultima.terminado_en if ultima else None,
        "comprobadas": resultado.get("filas"),
        "rota": resultado.get("rota"),
    }


def versiones() -> list[tuple[str, str]]:
    """Devuelve qué programa y qué versiones hay debajo."""
    return [
        ("Timonel", _instalada("timonel")),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("uvicorn", _instalada("uvicorn")),
        (_("Sistema"), f"{platform.system()} {platform.release()}"),
    ]


def _instalada(paquete: str) -> str:
    try:
        return version(paquete)
    except PackageNotFoundError:
        return "—"


def servicios() -> list[tuple[str, bool, str]]:
    """Devuelve qué piezas hay configuradas: nombre, si está, y en palabras."""
    redis = bool(getattr(settings, "REDIS_URL", ""))
    return [
        (
            _("Trabajos de fondo"),
            True,
            _("Con Celery y Redis.") if redis else _("En hilos del propio programa, sin Redis."),
        ),
        (
            _("Producción"),
            bool(getattr(settings, "PRODUCCION", False)),
            _("Ajustes de producción puestos.")
            if getattr(settings, "PRODUCCION", False)
            else _("Ajustes de uso local: solo se atiende a este equipo."),
        ),
    ]


def frenos_puestos() -> list[dict[str, Any]]:
    """Devuelve los frenos que no están sueltos."""
    return [freno for freno in frenos() if freno["estado"] != "ACTIVO"]
