"""Lo que se guarda desde ajustes: definiciones de bots y órdenes a los supervisores. Nada de aquí abre posiciones."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from core.definiciones.selectors import nombres
from core.definiciones.services import Resultado, cambiar_bot, clonar_bot
from core.ficheros_bots import ficheros
from dashboard.pagina.ajustes import lecturas
from dashboard.pagina.ajustes.propuesta import Propuesta
from dashboard.pagina.comun.unico import unico
from dominio.errores import ErrorUsuario
from historial.services import pedir_mando

# Los flujos de eventos que no son de ningún bot.
RESERVADOS = frozenset({"freno", "mando", "configuracion", "sistema", "avisos", "acceso"})
ORDENES = ("arrancar", "parar")


def guardar(
    nombre: str, propuesta: Propuesta, huella: str, actor: str, *, datos: Path, ahora: datetime, con_refuerzo: bool
) -> Resultado:
    """Guarda lo que cambia y pide al supervisor que lo aplique. Sin refuerzo, lo que sube el riesgo no se guarda.

    Raises:
        ErrorUsuario: PAN-22 si otra persona la cambió desde que se leyó (``huella``).
    """
    with transaction.atomic():
        if lecturas.huella(lecturas.vigente(nombre, datos)) != huella:
            raise ErrorUsuario(
                "PAN-22", f"La definición de «{nombre}» cambió entretanto.", "Mire los valores de ahora y repita."
            )
        resultado = cambiar_bot(
            nombre,
            propuesta.solo_lo_nuevo(),
            ficheros=ficheros(datos),
            actor=actor,
            ahora=ahora,
            con_refuerzo=con_refuerzo,
        )
        if resultado.guardado:
            pedir_mando(nombre, "reconfigurar", {}, actor, f"panel-reconfigurar-{unico()}", ahora=ahora)
    return resultado


def crear(nombre: str, base: str, actor: str, *, datos: Path, ahora: datetime) -> None:
    """Crea un bot con los parámetros de otro, siempre SIMULADO: de ahí se cambia con su vista previa.

    Raises:
        ErrorUsuario: BOT-01 si el otro no existe; PAN-23 si el nombre no vale o ya se usa.
    """
    if nombre in RESERVADOS:
        raise ErrorUsuario("PAN-23", f"El nombre «{nombre}» ya se usa.", "Elija otro.")
    cambios = {"entorno": "simulado"}
    hecho = clonar_bot(base, nombre, cambios, ficheros=ficheros(datos), actor=actor, ahora=ahora)
    if hecho.errores:
        porque = "; ".join(hecho.errores.values())
        raise ErrorUsuario("PAN-23", f"No se puede crear «{nombre}»: {porque}.", "Corrija el nombre y repita.")


def pedir(nombre: str, orden: str, actor: str, *, datos: Path, ahora: datetime) -> None:
    """Pide al supervisor que arranque o pare el proceso de un bot.

    Raises:
        ErrorUsuario: BOT-01 si el bot no existe; PAN-24 si la orden no es arrancar ni parar.
    """
    if orden not in ORDENES:
        raise ErrorUsuario("PAN-24", f"«{orden}» no es una orden.", "Se puede arrancar o parar.")
    if nombre not in nombres(ficheros(datos)):
        raise ErrorUsuario("BOT-01", f"No existe el bot «{nombre}».", "Elija uno de la lista.")
    pedir_mando(nombre, orden, {}, actor, f"panel-{orden}-{unico()}", ahora=ahora)
