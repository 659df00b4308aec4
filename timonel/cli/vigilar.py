"""``timonel vigilar``: el vigilante de fuera, que avisa si la plataforma deja de dar señales."""

import os
import threading
from pathlib import Path
from typing import Annotated

import typer

from dominio.errores import ErrorUsuario


def vigilar(
    fichero: Annotated[
        Path | None, typer.Option("--fichero", help="El fichero del pulso; por defecto, el de la carpeta de datos.")
    ] = None,
    url: Annotated[str | None, typer.Option("--url", help="En vez de un fichero, una dirección que responde.")] = None,
    tolerancia: Annotated[float, typer.Option(min=5, help="Segundos sin pulso que se toleran.")] = 45.0,
    cada: Annotated[float, typer.Option(min=0.2, help="Cada cuántos segundos se mira.")] = 5.0,
    una_vez: Annotated[bool, typer.Option("--una-vez", help="Mira una vez, no avisa y acaba: 0 vive, 1 no.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> int:
    """Avisa si la plataforma deja de dar señales, y otra vez cuando vuelve. Córralo en otro equipo.

    No usa la base ni las credenciales de la sede. Avisa por las direcciones de Apprise de TIMONEL_VIGILANTE_URLS (o las
    de TIMONEL_APPRISE_URLS); las de WhatsApp con Twilio también valen.
    """
    from dominio.reloj import RelojSistema
    from timonel.rutas import carpeta_datos
    from timonel.vigilante import Vigilante, de_la_direccion, del_fichero, por_apprise

    if fichero is not None and url is not None:
        raise ErrorUsuario("VIG-02", "Diga un fichero o una dirección, no las dos cosas.", "Quite una de las dos.")
    reloj = RelojSistema()
    ruta = fichero or carpeta_datos() / "pulso.json"
    leer = (lambda: de_la_direccion(url, reloj)) if url else (lambda: del_fichero(ruta))
    if una_vez:
        leido = leer()
        hace_s = None if leido is None else (reloj.ahora() - leido).total_seconds()
        return _decir(hace_s is not None and hace_s <= tolerancia, hace_s, json)
    direcciones = os.environ.get("TIMONEL_VIGILANTE_URLS") or os.environ.get("TIMONEL_APPRISE_URLS", "")
    vigilante = Vigilante(leer=leer, avisar=por_apprise(direcciones.split()), reloj=reloj, tolerancia_s=tolerancia)
    vivia, espera = True, threading.Event()
    while not espera.wait(cada):
        estado = vigilante.mirar()
        if estado.vive is not vivia or estado.avisado:
            _decir(estado.vive, estado.hace_s, json)
        vivia = estado.vive
    return 0


def _decir(vive: bool, hace_s: "float | None", json: bool) -> int:
    """Dice lo que se ve y devuelve 0 si vive y 1 si no."""
    from timonel.cli.salida import duracion, emitir, imprimir

    if json:
        emitir({"vive": vive, "hace_s": hace_s})
    elif vive:
        imprimir("Timonel da señales.")
    else:
        imprimir("Timonel NO da señales" + ("." if hace_s is None else f" desde hace {duracion(hace_s)}."))
    return int(not vive)
