"""Crea, clona y cambia bots desde el panel. Nada de aquí arranca ni para nada: solo escribe lo que se leerá.

Subir el riesgo pide reforzar la sesión: lo sabe quien llama y lo dice con ``con_refuerzo``. Sin él, un cambio que lo
suba no se guarda, y ``sube_riesgo`` dice por qué. Se decide con la fila bloqueada: nadie cuela otro cambio en medio.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from core.configuracion import ConfigBot, errores_por_campo, validar_bot
from core.definiciones.mezcla import RESERVADOS, clave_de, leer_guardado, mezclar, vigente
from core.definiciones.riesgo import motivos_de_riesgo
from core.definiciones.selectors import Ficheros, base_de, guardados, no_existe
from dominio.errores import ErrorTimonel
from historial.models import Configuracion
from historial.services import fijar_configuracion


class Resultado(msgspec.Struct, frozen=True, kw_only=True):
    """Qué pasó: la configuración que queda o quedaría, los errores por campo y por qué sube el riesgo.

    ``guardado`` es falso si hay errores, si no cambia nada o si sube el riesgo sin refuerzo (``falta_refuerzo``). La
    clave «» de ``errores`` es del conjunto.
    """

    config: ConfigBot | None = None
    errores: dict[str, str] = {}
    sube_riesgo: tuple[str, ...] = ()
    guardado: bool = False
    falta_refuerzo: bool = False


def crear_bot(
    definicion: Mapping[str, Any], *, ficheros: Ficheros, actor: str, ahora: datetime, con_refuerzo: bool = False
) -> Resultado:
    """Guarda un bot nuevo, que existirá solo en la base. ``definicion``: las mismas claves que un fichero."""
    datos = _sencillo(definicion)
    nombre = str(datos.get("nombre", ""))
    if nombre in RESERVADOS:
        return Resultado(errores={"nombre": "ese nombre lo usa Timonel; elija otro"})
    with transaction.atomic():
        if nombre in ficheros or nombre in guardados():
            return Resultado(errores={"nombre": "ya hay un bot con ese nombre"})
        return _guardar(nombre, None, datos, datos, actor, ahora, con_refuerzo)


def clonar_bot(
    origen: str,
    nombre: str,
    cambios: Mapping[str, Any] | None = None,
    *,
    ficheros: Ficheros,
    actor: str,
    ahora: datetime,
    con_refuerzo: bool = False,
) -> Resultado:
    """Guarda un bot con la definición vigente de otro y los cambios que se digan. Raises ErrorUsuario (BOT-01)."""
    fijado = guardados()
    if origen not in ficheros and origen not in fijado:
        raise no_existe(origen, {*ficheros, *fijado})
    try:
        base = _definicion(origen, ficheros, fijado.get(origen))
    except ErrorTimonel as fallo:
        return Resultado(errores={"": fallo.mensaje})
    definicion = mezclar(mezclar(base, _sencillo(cambios or {})), {"nombre": nombre})
    return crear_bot(definicion, ficheros=ficheros, actor=actor, ahora=ahora, con_refuerzo=con_refuerzo)


def cambiar_bot(
    nombre: str,
    cambios: Mapping[str, Any],
    *,
    ficheros: Ficheros,
    actor: str,
    ahora: datetime,
    con_refuerzo: bool = False,
) -> Resultado:
    """Guarda los cambios por encima de lo que haya. El bot los toma al pedirle «reconfigurar» o al arrancar.

    Raises:
        ErrorUsuario: BOT-01 si no existe.
    """
    nuevos = _sencillo(cambios)
    if nuevos.get("nombre", nombre) != nombre:
        return Resultado(errores={"nombre": "no se puede cambiar; clone el bot"})
    with transaction.atomic():
        fila = Configuracion.objects.select_for_update().filter(clave=clave_de(nombre)).first()
        if fila is None and nombre not in ficheros:
            raise no_existe(nombre, {*ficheros, *guardados()})
        try:
            previos = _previos(nombre, fila)
            base = base_de(nombre, ficheros)
        except ErrorTimonel as fallo:
            return Resultado(errores={"": fallo.mensaje})
        guardado = mezclar(previos, nuevos)
        definicion = mezclar({**(base or {}), "nombre": nombre}, guardado)
        antes = _si_vale(nombre, base, fila.valor if fila else None)
        return _guardar(nombre, antes, definicion, guardado, actor, ahora, con_refuerzo)


def _guardar(
    nombre: str,
    antes: ConfigBot | None,
    definicion: Mapping[str, Any],
    guardado: Mapping[str, Any],
    actor: str,
    ahora: datetime,
    con_refuerzo: bool,
) -> Resultado:
    errores = errores_por_campo(dict(definicion))
    if errores:
        return Resultado(errores=errores)
    config = validar_bot(dict(definicion), nombre)
    motivos = motivos_de_riesgo(antes, config)
    if motivos and not con_refuerzo:
        return Resultado(config=config, sube_riesgo=motivos, falta_refuerzo=True)
    texto = json.dumps(guardado, ensure_ascii=False, sort_keys=True)
    cambio = fijar_configuracion(clave_de(nombre), texto, actor, ahora=ahora, descripcion=f"Ajustes del bot {nombre}")
    return Resultado(config=config, sube_riesgo=motivos, guardado=cambio)


def _previos(nombre: str, fila: Configuracion | None) -> dict[str, Any]:
    """Devuelve lo ya guardado. Raises ErrorConfiguracion (CFG-05) si está roto: no se pisa sin que alguien lo mire."""
    return {} if fila is None else leer_guardado(nombre, fila.valor)


def _definicion(nombre: str, ficheros: Ficheros, guardado: str | None) -> dict[str, Any]:
    base = {**(base_de(nombre, ficheros) or {}), "nombre": nombre}
    return base if guardado is None else mezclar(base, leer_guardado(nombre, guardado))


def _si_vale(nombre: str, base: dict[str, Any] | None, guardado: str | None) -> ConfigBot | None:
    """Devuelve lo vigente hasta ahora; si no valía, no se operaba con ello y se compara como un bot nuevo."""
    try:
        return vigente(nombre, base, guardado)
    except ErrorTimonel:
        return None


def _sencillo(datos: Mapping[str, Any]) -> dict[str, Any]:
    """Devuelve los datos hechos solo de tipos JSON (los Decimal, como texto: no pierden cifras)."""
    return dict(msgspec.json.decode(msgspec.json.encode(dict(datos), enc_hook=str)))
