"""El panel de la demostración: el servidor, los trabajos de fondo y una Twilio de laboratorio, en el mismo proceso."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

PUERTO = 8000
# Lo que haría salir un aviso de este equipo. Si algo de esto está puesto, la demostración no toca los avisos.
_CANALES = ("TIMONEL_TWILIO_CUENTA", "TIMONEL_TWILIO_URL", "TIMONEL_WHATSAPP_DESTINOS", "TIMONEL_APPRISE_URLS")


class PanelDeDemo:
    """Levanta el panel al entrar y lo cierra al salir. ``puerto`` None: 8000, u otro libre si está ocupado."""

    def __init__(self, datos: Path, puerto: int | None) -> None:
        self._datos = datos
        self._puerto = puerto
        self._pila = AsyncExitStack()
        self.url = ""
        self.enlace: str | None = None
        self.avisos_de_laboratorio = False

    async def __aenter__(self) -> "PanelDeDemo":
        from timonel.llaves import olvidar_privada

        olvidar_privada(os.environ)  # quien sirve páginas no puede abrir las claves guardadas, tampoco aquí
        async with AsyncExitStack() as pila:
            self.url = (await self._servir(pila)).url
            self.enlace = await asyncio.to_thread(_primer_enlace, self.url)
            horario = self._avisos(pila)
            await self._trabajar(pila, horario)
            self._pila = pila.pop_all()
        return self

    async def __aexit__(self, *motivo: Any) -> None:
        await self._pila.__aexit__(*motivo)

    def presentacion(self) -> str:
        """Devuelve lo que se dice al abrirlo."""
        lineas = [f"[SIMULADO] Panel en {self.url}"]
        if self.enlace:
            lineas.append(f"Para entrar, una sola vez, desde este equipo y antes de quince minutos:\n  {self.enlace}")
        else:
            lineas.append("Ya hay cuenta: entre con ella, o pida otro enlace con «timonel panel usuario --nombre …».")
        if self.avisos_de_laboratorio:
            lineas.append("Los avisos de WhatsApp van a una Twilio de laboratorio: ninguno sale de este equipo.")
        return "\n".join(lineas)

    async def _servir(self, pila: AsyncExitStack) -> Any:
        from dominio.errores import ErrorServicio
        from timonel.servidor import ServidorPanel

        simulado = await asyncio.to_thread(_todo_simulado, self._datos)
        elegidos = (PUERTO, 0) if self._puerto is None else (self._puerto,)
        for puerto in elegidos:
            try:
                return await pila.enter_async_context(ServidorPanel(puerto=puerto, solo_simulado=simulado))
            except ErrorServicio:
                if puerto == elegidos[-1]:
                    raise
        raise AssertionError("siempre se prueba algún puerto")

    def _avisos(self, pila: AsyncExitStack) -> tuple[Any, ...]:
        """Devuelve los trabajos que tocan, con los avisos hacia el laboratorio si no hay ningún canal de verdad.

        Con uno puesto no se despacha ninguno: ni lo simulado debe salir por él, ni lo de un bot de verdad que comparta
        la base debe acabar en el laboratorio.
        """
        from timonel.horario import HORARIO

        if any(os.environ.get(nombre) for nombre in _CANALES):
            return tuple(uno for uno in HORARIO if uno.nombre not in ("avisos", "resumen"))
        from laboratorio.twilio import ServidorTwilio, TwilioEnHilo

        twilio = pila.enter_context(TwilioEnHilo(ServidorTwilio()))
        variables = twilio.variables()
        os.environ.update(variables)
        pila.callback(lambda: [os.environ.pop(nombre, None) for nombre in variables])
        self.avisos_de_laboratorio = True
        return tuple(HORARIO)

    async def _trabajar(self, pila: AsyncExitStack, horario: tuple[Any, ...]) -> None:
        from timonel.trabajos import TrabajosEmbebidos

        trabajos = TrabajosEmbebidos(horario=horario)
        trabajos.iniciar()
        pila.push_async_callback(asyncio.to_thread, trabajos.parar)


def _primer_enlace(url: str) -> str | None:
    from django.db import connection

    from timonel.cli.clave import quien
    from timonel.primer_acceso import primer_enlace

    try:
        return primer_enlace(url, quien(), solo_local=True)
    finally:
        connection.close()


def _todo_simulado(datos: Path) -> bool:
    """Devuelve si en esta base no hay más que simulación: solo entonces basta la contraseña donde se pide más."""
    from django.db import connection

    from bots.registro import bots_vigentes
    from core.configuracion import ConfigBot
    from dominio.instrumentos import Entorno
    from historial.models import Operacion

    try:
        configs = bots_vigentes(datos).values()
        simulados = all(isinstance(uno, ConfigBot) and uno.entorno is Entorno.SIMULADO for uno in configs)
        return simulados and not Operacion.objects.exclude(entorno=Entorno.SIMULADO).exists()
    finally:
        connection.close()
