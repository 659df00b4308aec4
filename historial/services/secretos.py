"""Las claves de sede tecleadas en el panel: se guardan cerradas; abrirlas pide la privada, que la web no tiene."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from dominio.errores import ErrorUsuario
from historial import sobres
from historial.models import SecretoCifrado
from historial.services.registro import publicar_evento, registrar_auditoria

FLUJO = "acceso"
MODELO = "secretos"
# Las que se pueden teclear, por el nombre de su variable.
ADMITIDAS: Mapping[str, str] = {
    "TIMONEL_DERIV_TOKEN": "Clave de acceso de Deriv",
    "TIMONEL_DERIV_APP_ID": "Identificador de aplicación de Deriv",
}
VALOR_MAX = 4096
_PISTA_DESDE = 20


def guardar_secreto(nombre: str, valor: str, publica: str, actor: str, *, ahora: datetime) -> None:
    """Cierra el valor y lo guarda en el sitio del anterior; ni la auditoría ni el evento lo llevan.

    Raises:
        ErrorUsuario: SOB-04 si ese nombre no se guarda aquí; SOB-05 si el valor no vale.
        ErrorConfiguracion: SOB-01 si la llave pública no es una llave.
    """
    _exigir(nombre)
    limpio = valor.strip()
    if not limpio or len(limpio) > VALOR_MAX or not limpio.isprintable():
        raise ErrorUsuario("SOB-05", "Ese valor no vale como clave.", "Péguela entera, en una línea.")
    sobre = sobres.cerrar(limpio, sitio(nombre), publica)
    valores = {
        "kid": sobres.kid_de(publica),
        "sobre": sobre,
        "pista": f"…{limpio[-4:]}" if len(limpio) >= _PISTA_DESDE else "",
        "actor": actor[:64],
        "en": ahora,
    }
    with transaction.atomic():
        SecretoCifrado.objects.update_or_create(nombre=nombre, defaults=valores)
        _constar("clave_guardada", nombre, actor, ahora)


def borrar_secreto(nombre: str, actor: str, *, ahora: datetime) -> bool:
    """Borra la clave y devuelve si estaba. Raises ErrorUsuario (SOB-04) si ese nombre no se guarda aquí."""
    _exigir(nombre)
    with transaction.atomic():
        borradas, _ = SecretoCifrado.objects.filter(nombre=nombre).delete()
        if borradas:
            _constar("clave_borrada", nombre, actor, ahora)
    return bool(borradas)


def abrir_secretos(privada: str) -> dict[str, str]:
    """Devuelve las claves guardadas, abiertas. Solo lo llama quien opera.

    Raises:
        ErrorConfiguracion: SOB-01 o SOB-02 si la llave no es una llave o no abre alguna.
    """
    filas = SecretoCifrado.objects.filter(nombre__in=ADMITIDAS).order_by("nombre")
    return {fila.nombre: sobres.abrir(fila.sobre, sitio(fila.nombre), privada) for fila in filas}


def sitio(nombre: str) -> str:
    """Devuelve el sitio al que va atado un sobre."""
    return f"{MODELO}|{nombre}"


def _exigir(nombre: str) -> None:
    if nombre not in ADMITIDAS:
        raise ErrorUsuario("SOB-04", "Esa clave no se guarda en el panel.", f"Se guardan: {', '.join(ADMITIDAS)}.")


def _constar(accion: str, nombre: str, actor: str, ahora: datetime) -> None:
    registrar_auditoria(FLUJO, accion, {"nombre": nombre}, actor=actor[:64], ahora=ahora, objeto=nombre)
    publicar_evento(FLUJO, accion, {"nombre": nombre, "actor": actor[:64]}, ahora=ahora)
