"""Los trabajos de fondo de los avisos: traducir lo que pasó, enviar lo que espera, insistir y preguntar por lo enviado.

Aquí se lee el entorno; lo demás recibe la configuración hecha.
"""

import os
import threading
from datetime import datetime
from typing import Any

import msgspec

from dominio.reloj import Reloj
from historial.selectors.eventos import Cursor, eventos_desde
from historial.services.trabajos import hacer_una_vez, quien
from notificaciones.canales.todos import canales_de
from notificaciones.config import ConfigAvisos, desde_entorno
from notificaciones.models import Aviso, CursorAvisos, EstadoAviso
from notificaciones.periodicos import AVISOS, RESUMEN
from notificaciones.politica import Politica
from notificaciones.services.bandeja import repetir_sin_acuse
from notificaciones.services.despacho import Despacho, despachar
from notificaciones.services.entregas import consultar_entregas
from notificaciones.services.traductor import NOMBRE, traducir_eventos
from notificaciones.services.vigilancia import encolar_resumen_diario, vigilar_conexiones

TURNO_S = 20.0  # una pasada no dura más: lo que quede lo sigue la siguiente, que puede ser de otro
HORA_RESUMEN = 7  # local: el resumen de ayer no sale de madrugada
_CON_FECHA = (EstadoAviso.PENDIENTE, EstadoAviso.DESCONOCIDO)


def avisos(reloj: Reloj) -> dict[str, Any] | None:
    """Hace una pasada entera por la bandeja si hay algo que hacer; si no, no deja ni rastro.

    Raises:
        ErrorConfiguracion: AVI-01, AVI-02 o AVI-03 si el entorno no dice bien a quién avisar.
    """
    config = desde_entorno(os.environ)
    vigilar_conexiones(config, ahora=reloj.ahora())
    if not hay_que_hacer(reloj.ahora()):
        return None
    return hacer_una_vez(AVISOS, lambda: pasada(config, reloj), reloj=reloj)


def resumen(reloj: Reloj) -> dict[str, Any] | None:
    """Encola el resumen de ayer de cada bot, cuando ya es de día. Pedirlo cada hora no lo repite."""
    config = desde_entorno(os.environ)
    if reloj.ahora().astimezone(config.zona).hour < HORA_RESUMEN:
        return None
    return hacer_una_vez(RESUMEN, lambda: {"filas": encolar_resumen_diario(config, ahora=reloj.ahora())}, reloj=reloj)


def hay_que_hacer(ahora: datetime) -> bool:
    """Devuelve si queda algo por traducir, enviar, buscar, recuperar, repetir o preguntar. Solo lee."""
    cursor = CursorAvisos.objects.filter(nombre=NOMBRE).values_list("tx", "evento").first()
    if eventos_desde(Cursor(*cursor) if cursor else Cursor(), 1):
        return True
    filas = Aviso.objects.all()
    return (
        filas.filter(estado__in=_CON_FECHA, proximo_en__lte=ahora).exists()
        or filas.filter(estado=EstadoAviso.ENVIANDO).exists()
        or filas.filter(repetir_en__lte=ahora).exists()
        or filas.filter(estado=EstadoAviso.ACEPTADO, proximo_en__lte=ahora).exclude(sid="").exists()
    )


def pasada(
    config: ConfigAvisos, reloj: Reloj, *, politica: Politica | None = None, turno_s: float = TURNO_S
) -> dict[str, Any]:
    """Traduce, insiste, envía y pregunta hasta que no queda nada o se acaba el turno; devuelve lo que hizo."""
    canales = canales_de(config, reloj)
    yo = f"{quien()}:{threading.get_ident()}"
    limite = reloj.monotonico() + turno_s
    traducidos, consultados, suma = 0, 0, Despacho()
    while reloj.monotonico() < limite:
        leidos = traducir_eventos(config, ahora=reloj.ahora(), politica=politica)
        repetir_sin_acuse(ahora=reloj.ahora(), politica=politica)
        hecho = despachar(canales, config, reloj, quien=yo, politica=politica)
        sabidos = consultar_entregas(canales, config, ahora=reloj.ahora(), politica=politica)
        traducidos, consultados = traducidos + leidos, consultados + sabidos
        suma = Despacho(*map(sum, zip(msgspec.structs.astuple(suma), msgspec.structs.astuple(hecho), strict=True)))
        if not leidos and not hecho.total and not sabidos:
            break
    return {"eventos": traducidos, "consultados": consultados, **msgspec.structs.asdict(suma)}
