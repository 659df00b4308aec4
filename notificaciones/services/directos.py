"""Avisos pedidos a mano, por su nombre: los mismos que produce el traductor, con la clave que diga quien llama.

Cada función guarda el aviso en la bandeja y devuelve cuántas filas entraron; con la misma ``clave``, ninguna.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from notificaciones import contenidos
from notificaciones.config import ConfigAvisos
from notificaciones.contenidos import Marco
from notificaciones.services.bandeja import encolar_avisos
from notificaciones.tipos import NuevoAviso


def notificar_inicio_operativa(
    bot: str, balance: Decimal, *, entorno: str, moneda: str, clave: str, config: ConfigAvisos, ahora: datetime
) -> int:
    """Avisa de que el bot empieza a operar con ese balance."""
    marco = _marco(bot, entorno, clave, config, ahora, moneda)
    return _guardar(contenidos.inicio_operativa(marco, {"balance": balance}), config, ahora)


def notificar_stop_loss(
    bot: str,
    *,
    perdida: Decimal,
    pico: Decimal,
    balance: Decimal,
    reanuda_en: datetime,
    entorno: str,
    moneda: str,
    clave: str,
    config: ConfigAvisos,
    ahora: datetime,
) -> int:
    """Avisa de que el bot se detuvo por stop: cuánto perdió desde el pico y hasta cuándo está en pausa."""
    datos = {"perdida_acumulada": perdida, "pico": pico, "balance": balance, "reanuda_en": reanuda_en}
    return _guardar(contenidos.stop_loss(_marco(bot, entorno, clave, config, ahora, moneda), datos), config, ahora)


def notificar_fin_de_pausa(
    bot: str,
    *,
    hora: int | None,
    entra_en: datetime,
    veredicto: str,
    entorno: str,
    clave: str,
    config: ConfigAvisos,
    ahora: datetime,
) -> int:
    """Avisa de que la pausa acabó y de cuándo vuelve a operar."""
    datos = {"hora_elegida": hora, "entra_en": entra_en, "veredicto": veredicto}
    return _guardar(contenidos.fin_de_pausa(_marco(bot, entorno, clave, config, ahora), datos), config, ahora)


def notificar_reactivacion(
    bot: str,
    balance: Decimal,
    *,
    tanda: int,
    entorno: str,
    moneda: str,
    clave: str,
    config: ConfigAvisos,
    ahora: datetime,
) -> int:
    """Avisa de que el bot vuelve a operar en una tanda nueva."""
    marco = _marco(bot, entorno, clave, config, ahora, moneda)
    return _guardar(contenidos.reactivacion(marco, {"balance": balance, "tanda": tanda}), config, ahora)


def notificar_emergencia(
    que_paso: str,
    *,
    clave: str,
    config: ConfigAvisos,
    ahora: datetime,
    bot: str = "",
    entorno: str = "",
    hecho: str = "",
    se_espera: str = "",
) -> int:
    """Avisa ya, por los dos canales y hasta que alguien acuse: alto, descuadre, reloj desviado."""
    marco = _marco(bot, entorno, clave, config, ahora)
    return _guardar(contenidos.emergencia(marco, que_paso, hecho, se_espera), config, ahora)


def notificar_orden_en_duda(
    bot: str,
    id_cliente: str,
    *,
    estado: str,
    motivo: str,
    entorno: str,
    clave: str,
    config: ConfigAvisos,
    ahora: datetime,
) -> int:
    """Avisa de una orden DESCONOCIDA o en REVISION, hasta que alguien acuse o se aclare."""
    marco = _marco(bot, entorno, clave, config, ahora, asunto=f"orden:{id_cliente}")
    datos = {"id_cliente": id_cliente, "estado": estado, "motivo": motivo}
    return _guardar(contenidos.orden_en_duda(marco, datos), config, ahora)


def notificar_conexion_perdida(
    bot: str,
    desde: datetime,
    *,
    entorno: str,
    clave: str,
    config: ConfigAvisos,
    ahora: datetime,
    sin_latido: bool = False,
    contrato: str = "",
    asunto: str = "",
) -> int:
    """Avisa de que un bot no da señales o está sin sede, hasta que alguien acuse o vuelva."""
    marco = _marco(bot, entorno, clave, config, ahora, asunto=asunto)
    datos = {"desde": desde, "sin_latido": sin_latido, "contrato": contrato}
    return _guardar(contenidos.conexion_perdida(marco, datos), config, ahora)


def notificar_resumen_diario(
    bot: str,
    cifras: Mapping[str, Any],
    *,
    entorno: str,
    moneda: str,
    clave: str,
    config: ConfigAvisos,
    ahora: datetime,
) -> int:
    """Avisa del día de un bot: operaciones, acierto con su intervalo, resultado y balance."""
    marco = _marco(bot, entorno, clave, config, ahora, moneda)
    return _guardar(contenidos.resumen_diario(marco, cifras), config, ahora)


def notificar_prueba(quien: str, *, clave: str, config: ConfigAvisos, ahora: datetime, entorno: str = "") -> int:
    """Encola un mensaje de prueba para cada destinatario."""
    return _guardar(contenidos.prueba(_marco("", entorno, clave, config, ahora), quien), config, ahora)


def _marco(
    bot: str, entorno: str, clave: str, config: ConfigAvisos, ahora: datetime, moneda: str = "", asunto: str = ""
) -> Marco:
    return Marco(bot=bot, entorno=entorno, clave=clave, en=ahora, zona=config.zona, moneda=moneda, asunto=asunto)


def _guardar(aviso: NuevoAviso, config: ConfigAvisos, ahora: datetime) -> int:
    return encolar_avisos([aviso], config, ahora=ahora)
