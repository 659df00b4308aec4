"""Lo que comparten todas las lecturas: qué bot, con qué configuración y en qué cuenta."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from core import selectors as guardados_de_core
from core.configuracion import ConfigBot, leer_definicion
from core.definiciones.mezcla import vigente
from core.estado_bot import EstadoBot
from core.ficheros_bots import buscar_bot, ficheros
from core.meta_dinamica import ReglaDinamica
from core.models import EstadoGuardado
from dominio.errores import ErrorTimonel, ErrorUsuario
from historial import selectors as lecturas

Guardado = tuple[EstadoGuardado, EstadoBot]


def guardados(bot: str | None = None) -> Iterator[Guardado]:
    """Da el estado de cada bot (o de uno) en cada cuenta, el de actividad más reciente primero."""
    for fila, estado in guardados_de_core.estados():
        if bot is None or fila.bot == bot:
            yield fila, estado


def actuales(bot: str | None = None) -> list[Guardado]:
    """Devuelve el estado de cada bot (o de uno) en su cuenta más reciente, por nombre."""
    vistos: dict[str, Guardado] = {}
    for fila, estado in guardados(bot):
        vistos.setdefault(fila.bot, (fila, estado))
    return [vistos[nombre] for nombre in sorted(vistos)]


def elegir(bot: str | None, datos: Path) -> Guardado:
    """Devuelve el estado del bot pedido; sin nombre, el de actividad más reciente.

    Raises:
        ErrorUsuario: BOT-01 si no existe; BOT-03 si existe (o hay alguno) pero todavía no ha operado.
    """
    hallado = next(guardados(bot), None) if bot is None else guardados_de_core.ultimo_estado(bot)
    if hallado is not None:
        return hallado
    if bot is not None and bot not in nombres(datos):
        buscar_bot(bot, datos)
    quien = f"El bot «{bot}»" if bot else "Ningún bot"
    raise ErrorUsuario("BOT-03", f"{quien} ha operado todavía.", "Arránquelo y vuelva a mirar.")


def configuracion_de(bot: str, datos: Path) -> tuple[ConfigBot | None, str]:
    """Devuelve la configuración vigente del bot (su fichero más lo cambiado en el panel), o por qué no se pudo leer."""
    try:
        ruta, cambios = ficheros(datos).get(bot), lecturas.configuracion(f"bot.{bot}") or ""
        if ruta is None and not cambios:
            return buscar_bot(bot, datos), ""
        return _leer(ruta, ruta.stat().st_mtime_ns if ruta else 0, cambios, bot), ""
    except ErrorTimonel as fallo:  # el estado se enseña igual: solo faltan los porcentajes propios
        return None, str(fallo)


@lru_cache(maxsize=64)  # leer y validar un YAML cuesta milisegundos; cambia su fecha o lo del panel, se lee otra vez
def _leer(ruta: Path | None, _cambiado_ns: int, cambios: str, bot: str) -> ConfigBot:
    return vigente(bot, leer_definicion(ruta) if ruta else None, cambios or None)


def nombres(datos: Path) -> list[str]:
    """Devuelve todos los bots que existen: por fichero, por definición del panel o por haber operado."""
    del_panel = {clave.removeprefix("bot.") for clave in lecturas.toda_la_configuracion() if clave.startswith("bot.")}
    operados = EstadoGuardado.objects.values_list(
        "bot", flat=True
    )  # sin descifrarlos: uno ilegible no oculta a los demás
    return sorted({*ficheros(datos), *del_panel, *operados})


def regla_de(config: ConfigBot | None) -> ReglaDinamica:
    """Devuelve la regla de esa configuración; la de serie si no la hay."""
    if config is None:
        return ReglaDinamica()
    regla = config.regla
    return ReglaDinamica(monto_pct=regla.monto_pct, meta_pct=regla.meta_pct, stop_pct=regla.stop_pct)


def regla_del_bot(bot: str, datos: Path) -> ReglaDinamica:
    """Devuelve la regla del fichero del bot; la de serie si no se puede leer."""
    return regla_de(configuracion_de(bot, datos)[0])


def zona_de(config: ConfigBot | None) -> str:
    """Devuelve el nombre de la zona horaria del bot."""
    return config.pausa.zona if config else "UTC"


def numero(valor: Any) -> float | None:
    """Devuelve el importe como número de JSON; un float de 15 cifras guarda los céntimos sin pérdida."""
    return None if valor is None else float(valor)
