"""Lo que enseña la página de ajustes: los bots y su definición vigente, su historia, las cuentas y las fichas."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from core.definiciones.mezcla import vigente as mezclada
from core.definiciones.selectors import base_de, buscar, historia_de_bot, nombres
from core.ficheros_bots import ficheros
from core.procesos import leer_pids
from dashboard.acceso.fichas import PREFIJO
from dashboard.acceso.models import FichaAlcance
from dashboard.acceso.roles import rol_de
from dashboard.pagina.ajustes.propuesta import Cambio, diferencias, sencilla
from dashboard.selectors.latidos import VIVO_S
from dominio.errores import ErrorTimonel
from historial.models import Latido, OrdenMando


class BotListado(msgspec.Struct, frozen=True):
    """Un bot en la lista: dónde opera, si está en marcha y qué fue de lo último que se le pidió."""

    nombre: str
    entorno: str
    activos: int
    del_panel: bool
    en_marcha: bool
    mando: OrdenMando | None
    fallo: str


class Version(msgspec.Struct, frozen=True):
    """Un cambio guardado: quién, cuándo y en qué; ``deshacer`` son los valores de antes, para la vista previa."""

    actor: str
    en: datetime
    cambios: list[Cambio]
    deshacer: dict[str, Any] | None


def bots(datos: Path, ahora: datetime) -> list[BotListado]:
    """Devuelve todos los bots que existen, por nombre."""
    pids = leer_pids(datos)
    vivos = {latido.bot for latido in Latido.objects.all() if (ahora - latido.en).total_seconds() <= VIVO_S}
    return [_listado(nombre, datos, nombre in vivos or nombre in pids) for nombre in nombres(ficheros(datos))]


def _listado(nombre: str, datos: Path, en_marcha: bool) -> BotListado:
    definicion, fallo = {}, ""
    try:
        definicion = vigente(nombre, datos)
    except ErrorTimonel as error:
        fallo = str(error)
    mando = (
        OrdenMando.objects.filter(bot=nombre, orden__in=("arrancar", "parar", "reconfigurar")).order_by("-pk").first()
    )
    return BotListado(
        nombre=nombre,
        entorno=str(definicion.get("entorno", "")),
        activos=len(definicion.get("activos", ())),
        del_panel=nombre not in ficheros(datos),
        en_marcha=en_marcha,
        mando=mando,
        fallo=fallo,
    )


def vigente(nombre: str, datos: Path) -> dict[str, Any]:
    """Devuelve la definición completa del bot: su fichero y, por encima, lo guardado en el panel.

    Raises:
        ErrorUsuario: BOT-01 si no existe. ErrorConfiguracion: CFG-01 a CFG-05 si su fichero o lo guardado no valen.
    """
    return sencilla(buscar(nombre, ficheros(datos)))


def huella(definicion: dict[str, Any]) -> str:
    """Devuelve un resumen corto de la definición: para notar que otra persona la cambió entretanto."""
    return hashlib.sha256(json.dumps(definicion, sort_keys=True).encode()).hexdigest()[:16]


def historia(nombre: str, datos: Path, cuantas: int = 20) -> list[Version]:
    """Devuelve los últimos cambios de un bot, el más nuevo primero."""
    base = base_de(nombre, ficheros(datos))
    versiones = []
    for fila in historia_de_bot(nombre)[:cuantas]:
        antes, despues = _o_nada(nombre, base, fila.antes), _o_nada(nombre, base, fila.despues)
        cambios = diferencias(antes, despues) if antes and despues else []
        versiones.append(Version(fila.actor, fila.en, cambios, antes if cambios else None))
    return versiones


def _o_nada(nombre: str, base: dict[str, Any] | None, guardado: str | None) -> dict[str, Any] | None:
    try:
        return sencilla(mezclada(nombre, base, guardado))
    except ErrorTimonel:
        return None


def personas() -> list[dict[str, Any]]:
    """Devuelve las cuentas de persona activas, su permiso y si tienen segundo factor."""
    con_factor = set(Authenticator.objects.exclude(type="recovery_codes").values_list("user_id", flat=True))
    cuentas = User.objects.filter(is_active=True).exclude(username__startswith=PREFIJO).order_by("username")
    return [
        {
            "nombre": cuenta.get_username(),
            "rol": nombre_rol(rol_de(cuenta)),
            "factor": cuenta.pk in con_factor,
            "puede_entrar": cuenta.has_usable_password(),
            "ultima": cuenta.last_login,
        }
        for cuenta in cuentas
    ]


def fichas() -> list[dict[str, Any]]:
    """Devuelve las fichas de máquina en vigor: su nombre, su alcance y cuándo caducan. La ficha no se sabe."""
    filas = FichaAlcance.objects.select_related("ficha").order_by("nombre", "-creada_en")
    return [
        {
            "nombre": fila.nombre,
            "alcance": nombre_rol(fila.alcance),
            "creada": fila.creada_en,
            "caduca": fila.ficha.expiry,
            "actor": fila.actor,
        }
        for fila in filas
    ]


def nombre_rol(rol: str) -> str:
    """Devuelve el permiso como se lee."""
    return {"leer": _("Leer"), "operar": _("Operar"), "administrar": _("Administrar")}.get(rol, _("Ninguno"))
