"""Los trabajos de fondo: cada uno se hace una vez por ranura, lo pida quien lo pida y cuantas veces lo pida.

La fila ``(trabajo, ranura)`` es única: quien la inserta, lo hace. Si muere a medias, al vencer otro la retoma con un
intento más, y el que despierte tarde ya no puede darla por terminada.
"""

import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Q

from dominio.errores import ErrorTimonel
from dominio.reloj import Reloj
from historial.models import Trabajo
from historial.periodico import Periodico
from historial.services.conexion import descartar_si_no_sirve
from historial.services.escritura import insertar
from historial.services.registro import sencillo

MAX_INTENTOS = 5


def ranura_de(ahora: datetime, cada_s: int) -> str:
    """Devuelve la ranura en curso: el comienzo, en UTC, del tramo de ``cada_s`` segundos en que cae esa hora."""
    return datetime.fromtimestamp(ahora.timestamp() // cada_s * cada_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tomar_trabajo(
    trabajo: str, ranura: str, por: str, *, ahora: datetime, vence_s: float, max_intentos: int = MAX_INTENTOS
) -> int | None:
    """Devuelve el número de intento si este trabajo es ahora de quien llama; None si ya está hecho o lo hace otro.

    ``vence_s``: segundos tras los que uno en curso se da por muerto. Uno fallido se puede volver a tomar en el acto.
    """
    if insertar(
        Trabajo, si_no_existe=("trabajo", "ranura"), trabajo=trabajo, ranura=ranura, por=por, empezado_en=ahora
    ):
        return 1
    vencido = Q(estado="en_curso", empezado_en__lte=ahora - timedelta(seconds=vence_s))
    libre = Trabajo.objects.filter(vencido | Q(estado="fallido"), intentos__lt=max_intentos)
    fila = libre.filter(trabajo=trabajo, ranura=ranura).values_list("pk", "intentos").first()
    if fila is None:
        return None
    pk, intentos = fila
    # El número de intento es la ficha: de dos que lo retoman a la vez, solo uno halla el que leyó.
    retomadas = libre.filter(pk=pk, intentos=intentos).update(
        estado="en_curso", por=por, intentos=F("intentos") + 1, empezado_en=ahora, terminado_en=None
    )
    return intentos + 1 if retomadas == 1 else None


def terminar_trabajo(
    trabajo: str, ranura: str, intento: int, resultado: dict[str, Any], *, ahora: datetime, hecho: bool = True
) -> bool:
    """Anota cómo acabó y devuelve si seguía siendo suyo; si entretanto lo retomó otro, no cambia nada."""
    suyo = Trabajo.objects.filter(trabajo=trabajo, ranura=ranura, intentos=intento, estado="en_curso")
    estado = "hecho" if hecho else "fallido"
    return suyo.update(estado=estado, resultado=sencillo(resultado), terminado_en=ahora) == 1


def hacer_una_vez(
    periodico: Periodico, funcion: Callable[[], dict[str, Any]], *, reloj: Reloj
) -> dict[str, Any] | None:
    """Devuelve lo que dio la función; None si la ranura en curso ya estaba hecha o la está haciendo otro.

    La función debe ser idempotente: si el proceso muere a medias se repite. Lo que lance se anota y se vuelve a lanzar.
    """
    ahora = reloj.ahora()
    trabajo, ranura = periodico.nombre, ranura_de(ahora, periodico.ranura_s)
    intento = tomar_trabajo(trabajo, ranura, quien(), ahora=ahora, vence_s=periodico.vence_s)
    if intento is None:
        return None
    try:
        resultado = funcion()
    except Exception as fallo:
        descartar_si_no_sirve(fallo)
        error = {"error": fallo.codigo if isinstance(fallo, ErrorTimonel) else type(fallo).__name__}
        terminar_trabajo(trabajo, ranura, intento, error, ahora=reloj.ahora(), hecho=False)
        raise
    terminar_trabajo(trabajo, ranura, intento, resultado, ahora=reloj.ahora())
    return resultado


def quien() -> str:
    """Devuelve el nombre de este proceso, para saber quién hizo qué."""
    return f"{platform.node() or 'equipo'}:{os.getpid()}"
