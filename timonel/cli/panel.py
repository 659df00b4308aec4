"""``timonel panel``: sirve el panel y gobierna quién entra: personas con enlace, programas con ficha."""

import asyncio
import os
from typing import Annotated, Any

import typer

ROL = typer.Option("--rol", metavar="leer|operar|administrar", help="Qué puede: cada uno incluye los anteriores.")


def servir(
    puerto: Annotated[int, typer.Option(min=0, max=65535, help="Puerto; 0, uno libre.")] = 8000,
    direccion: Annotated[
        str, typer.Option("--direccion", help="Dirección en que escucha. Fuera de este equipo, solo en producción.")
    ] = "127.0.0.1",
    json: Annotated[bool, typer.Option("--json", help="Una línea JSON al empezar.")] = False,
) -> None:
    """Abre el panel en este equipo hasta Ctrl-C. Si todavía no puede entrar nadie, da un enlace de un solo uso."""
    from timonel.arranque import preparar
    from timonel.llaves import olvidar_privada
    from timonel.registro_web import registrar

    olvidar_privada(os.environ)
    registrar()
    preparar()
    asyncio.run(_servir(direccion, puerto, json))


async def _servir(direccion: str, puerto: int, json: bool) -> None:
    import signal

    from timonel.cli.salida import avisar, emitir, imprimir
    from timonel.primer_acceso import base_publica
    from timonel.servidor import ServidorPanel
    from timonel.trabajos import TrabajosEmbebidos

    fin = asyncio.Event()
    bucle = asyncio.get_running_loop()
    for senal in (signal.SIGTERM, signal.SIGINT):
        bucle.add_signal_handler(senal, fin.set)
    servidor = await ServidorPanel(direccion, puerto).iniciar()
    trabajos = TrabajosEmbebidos()
    trabajos.iniciar()
    try:
        enlace = await asyncio.to_thread(_primer_enlace, servidor.url)
        url = base_publica(servidor.url)
        if json:
            emitir({"url": url, "escucha": servidor.url, "enlace": enlace})
        else:
            imprimir(f"Panel en {url}")
            if enlace:
                imprimir(f"Para entrar por primera vez, una sola vez y antes de quince minutos:\n  {enlace}")
        avisar("Ctrl-C para cerrar. Cerrar el panel no para los bots.")
        cierre = asyncio.create_task(fin.wait())
        await asyncio.wait([cierre, asyncio.create_task(servidor.esperar())], return_when=asyncio.FIRST_COMPLETED)
        cierre.cancel()
    finally:
        await servidor.detener()
        await asyncio.to_thread(trabajos.parar)


def _primer_enlace(url: str) -> str | None:
    from django.db import connection

    from timonel.cli.clave import quien
    from timonel.primer_acceso import primer_enlace

    try:
        return primer_enlace(url, quien())
    finally:
        connection.close()


def usuario(
    nombre: Annotated[str, typer.Option("--nombre", help="Con qué nombre entra.")],
    rol: Annotated[str, ROL] = "leer",
    url: Annotated[str, typer.Option("--url", help="Dirección del panel que se escribe en el enlace.")] = (
        "http://127.0.0.1:8000/"
    ),
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> None:
    """Crea la cuenta si no existe, le pone el permiso y da un enlace de un solo uso que caduca a los quince minutos.

    Con él la persona fija su contraseña. Si ya tenía segundo factor, se le sigue pidiendo.
    """
    from timonel.arranque import preparar

    preparar()
    from dashboard.acceso import services
    from dominio.reloj import RelojSistema
    from timonel.cli.clave import quien
    from timonel.cli.salida import emitir, imprimir
    from timonel.primer_acceso import base_publica, enlace

    ficha = services.invitar(nombre, rol, quien(), ahora=RelojSistema().ahora())
    completo = enlace(base_publica(url), ficha)
    if json:
        emitir({"usuario": nombre, "rol": rol, "enlace": completo, "caduca_en_s": services.VIDA_ENLACE.seconds})
        return
    imprimir(f"{nombre} ({rol}). Enlace de un solo uso, quince minutos:\n  {completo}")


def retirar(
    nombre: Annotated[str, typer.Option("--nombre", help="La cuenta o la ficha.")],
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> None:
    """Quita la entrada a una persona, o revoca la ficha de un programa, en el acto: sesiones incluidas."""
    from timonel.arranque import preparar

    preparar()
    from dashboard.acceso import fichas, services
    from dominio.errores import ErrorUsuario
    from dominio.reloj import RelojSistema
    from timonel.cli.clave import quien
    from timonel.cli.salida import emitir, imprimir

    ahora = RelojSistema().ahora()
    revocadas = fichas.revocar(nombre, quien(), ahora=ahora)
    retirada = services.retirar(nombre, quien(), ahora=ahora)
    if not revocadas and not retirada:
        raise ErrorUsuario("ACC-12", f"No hay ninguna cuenta ni ficha «{nombre}» en vigor.", "Nada ha cambiado.")
    if json:
        emitir({"nombre": nombre, "fichas_revocadas": revocadas, "cuenta_retirada": retirada})
        return
    imprimir(f"{nombre}: {'cuenta retirada' if retirada else 'sin cuenta'}, {revocadas} fichas revocadas.")


def ficha(
    nombre: Annotated[str, typer.Option("--nombre", help="Para qué programa es.")],
    alcance: Annotated[
        str, typer.Option("--alcance", metavar="leer|operar|administrar", help="Qué puede hacer con ella.")
    ] = "leer",
    horas: Annotated[float, typer.Option(min=0.1, max=24 * 366, help="Cuánto vale.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> None:
    """Crea una ficha para un programa y la enseña una sola vez. Se manda como «Authorization: Token FICHA»."""
    from timonel.arranque import preparar

    preparar()
    from dashboard.acceso import fichas
    from dominio.reloj import RelojSistema
    from timonel.cli.clave import quien
    from timonel.cli.salida import emitir, hora, imprimir

    nueva: Any = fichas.emitir(nombre, alcance, quien(), horas=horas, ahora=RelojSistema().ahora())
    if json:
        emitir({"nombre": nombre, "alcance": alcance, "ficha": nueva.ficha, "caduca_en": nueva.caduca_en})
        return
    imprimir(f"{nombre} ({alcance}), hasta {hora(nueva.caduca_en)} UTC. No se volverá a enseñar:\n  {nueva.ficha}")


def desbloquear(
    nombre: Annotated[str | None, typer.Option("--nombre", help="La cuenta; sin ella, todas.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> None:
    """Olvida los intentos fallidos: quien se equivocó cinco veces puede volver a probar sin esperar."""
    from timonel.arranque import preparar

    preparar()
    from dashboard.acceso import services
    from dashboard.acceso.bloqueo import desbloquear as olvidar
    from dominio.reloj import RelojSistema
    from timonel.cli.clave import quien
    from timonel.cli.salida import emitir, imprimir

    borrados = olvidar(nombre)
    services.anotar("desbloqueo", quien(), ahora=RelojSistema().ahora(), objeto=nombre or "", borrados=borrados)
    if json:
        emitir({"borrados": borrados})
        return
    imprimir(f"{borrados} cuentas de intentos olvidadas.")
