"""Lo que se guarda desde ajustes: definiciones de bots y órdenes a los supervisores. Nada de aquí abre posiciones."""

import json
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from pydantic import ValidationError

from dashboard.pagina.ajustes import lecturas
from dashboard.pagina.ajustes.propuesta import completa, frase
from dashboard.selectors.comun import nombres
from dominio.errores import ErrorUsuario
from historial.services import fijar_configuracion, pedir_mando

# Los flujos de eventos que no son de ningún bot.
RESERVADOS = frozenset({"freno", "mando", "configuracion", "sistema", "avisos", "acceso"})
ORDENES = ("arrancar", "parar")


def guardar(nombre: str, definicion: dict[str, Any], huella: str, actor: str, *, datos: Path, ahora: datetime) -> bool:
    """Guarda la definición y pide al supervisor que la aplique; devuelve si cambió algo.

    Raises:
        ErrorUsuario: PAN-22 si otra persona la cambió desde que se leyó (``huella``).
    """
    with transaction.atomic():
        if lecturas.huella(lecturas.vigente(nombre, datos)) != huella:
            raise ErrorUsuario(
                "PAN-22", f"La definición de «{nombre}» cambió entretanto.", "Mire los valores de ahora y repita."
            )
        return _escribir(nombre, definicion, actor, ahora)


def crear(nombre: str, base: str, actor: str, *, datos: Path, ahora: datetime) -> None:
    """Crea un bot con los parámetros de otro, siempre SIMULADO: de ahí se cambia con su vista previa.

    Raises:
        ErrorUsuario: BOT-01 si el otro no existe; PAN-23 si el nombre no vale o ya se usa.
    """
    if nombre in RESERVADOS or nombre in nombres(datos):
        raise ErrorUsuario("PAN-23", f"El nombre «{nombre}» ya se usa.", "Elija otro.")
    try:
        definicion = completa(lecturas.vigente(base, datos) | {"nombre": nombre, "entorno": "simulado"})
    except ValidationError as fallo:
        raise ErrorUsuario("PAN-23", f"El nombre «{nombre}» no vale.", frase(fallo.errors()[0])) from fallo
    with transaction.atomic():
        _escribir(nombre, definicion, actor, ahora)


def _escribir(nombre: str, definicion: dict[str, Any], actor: str, ahora: datetime) -> bool:
    clave = lecturas.PREFIJO_CLAVE + nombre
    texto = json.dumps(definicion, ensure_ascii=False, sort_keys=True)
    cambio = fijar_configuracion(clave, texto, actor, ahora=ahora, descripcion=f"Definición de {nombre}.")
    if cambio:
        pedir_mando(nombre, "reconfigurar", {}, actor, f"panel-reconfigurar-{uuid.uuid4()}", ahora=ahora)
    return cambio


def pedir(nombre: str, orden: str, actor: str, *, datos: Path, ahora: datetime) -> None:
    """Pide al supervisor que arranque o pare el proceso de un bot.

    Raises:
        ErrorUsuario: BOT-01 si el bot no existe; PAN-24 si la orden no es arrancar ni parar.
    """
    if orden not in ORDENES:
        raise ErrorUsuario("PAN-24", f"«{orden}» no es una orden.", "Se puede arrancar o parar.")
    if nombre not in nombres(datos):
        raise ErrorUsuario("BOT-01", f"No existe el bot «{nombre}».", "Elija uno de la lista.")
    pedir_mando(nombre, orden, {}, actor, f"panel-{orden}-{uuid.uuid4()}", ahora=ahora)
