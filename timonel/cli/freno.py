"""Las órdenes ``alto`` y ``reanudar``: parar es fácil y no pide nada; volver a arrancar pide la clave."""

from typing import Annotated, Any

import typer

from dominio.errores import ErrorUsuario
from timonel.cli.parada import MOTIVO
from timonel.cli.salida import emitir, imprimir

_BOT = typer.Option("--bot", help="Solo este bot.")
_TODOS = typer.Option("--todos", help="Todos los bots (es lo que se hace sin --bot).")
_JSON = typer.Option("--json", help="Un objeto JSON en la última línea.")


def alto(
    bot: Annotated[str | None, _BOT] = None,
    todos: Annotated[bool, _TODOS] = False,
    motivo: Annotated[str, typer.Option("--motivo", help="Por qué; queda en la auditoría.")] = MOTIVO,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Detiene las entradas, ya: pone el fichero ALTO, avisa a los procesos y lo escribe en la base. No pide clave.

    Las protecciones siguen; los contratos abiertos se liquidan solos. Para venderlos: python -m timonel.alto --cerrar.
    """
    from timonel.cli.parada import parar

    _exigir_uno(bot, todos)
    parar(bot, motivo, json)


def reanudar(
    bot: Annotated[str | None, _BOT] = None,
    todos: Annotated[bool, _TODOS] = False,
    cuenta: Annotated[
        str | None, typer.Option("--cuenta", metavar="SEDE:CUENTA", help="El freno de esta cuenta.")
    ] = None,
    motivo: Annotated[str, typer.Option("--motivo", help="Por qué; queda en la auditoría.")] = "reanudar",
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Quita el freno de todos, de una cuenta o de un bot. Pide la clave del operador.

    No cambia el ciclo: un bot en pausa sigue en pausa hasta su hora. La clave se puede dar en TIMONEL_CLAVE_OPERADOR
    o en el fichero de TIMONEL_CLAVE_OPERADOR_FILE.
    """
    _exigir_uno(bot or cuenta, todos)
    if bot and cuenta:
        raise ErrorUsuario("USO-06", "--bot y --cuenta no van juntas.", "Quite una.")
    from timonel.arranque import preparar

    preparar()
    from bots.emergencia import quitar_alto
    from dashboard.selectors.comun import nombres
    from dominio.freno import Freno
    from dominio.reloj import RelojSistema
    from historial import services as historial
    from timonel.cli.bots_conocidos import exigir_conocido
    from timonel.cli.clave import exigir_clave
    from timonel.rutas import carpeta_datos

    datos = carpeta_datos()
    if bot is not None:
        exigir_conocido(bot, datos, nombres(datos))
    if cuenta is not None:
        _exigir_frenada(cuenta)
    actor = exigir_clave()
    ambito, clave = ("bot", bot) if bot else ("cuenta", cuenta) if cuenta else ("global", "")
    historial.fijar_freno(ambito, clave, Freno.ACTIVO, motivo, actor, ahora=RelojSistema().ahora())
    # Al revés que al parar: primero la base y al final la bandera. Si algo falla por el medio, sigue detenido.
    if not cuenta:
        quitar_alto(datos, bot)
    _contar_reanudado(bot, cuenta, json)


def _exigir_frenada(cuenta: str) -> None:
    """Raises ErrorUsuario (FRE-03) si esa cuenta no tiene freno escrito: una errata no debe parecer un éxito."""
    from historial import selectors as lecturas

    frenadas = [freno["clave"] for freno in lecturas.frenos() if freno["ambito"] == "cuenta"]
    if cuenta not in frenadas:
        hay = f"Hay: {', '.join(frenadas)}." if frenadas else "No hay ninguna."
        raise ErrorUsuario("FRE-03", f"La cuenta «{cuenta}» no tiene freno puesto.", f"{hay} Nada ha cambiado.")


def _contar_reanudado(bot: str | None, cuenta: str | None, json: bool) -> None:
    from bots.procesos import leer_pids
    from dominio.freno import Freno
    from historial import selectors as lecturas
    from timonel.rutas import carpeta_datos

    datos = carpeta_datos()
    siguen = [f for f in lecturas.frenos() if f["estado"] != Freno.ACTIVO]
    banderas = sorted(ruta.name for ruta in datos.glob("ALTO*"))
    vivos = [nombre for nombre in leer_pids(datos) if bot in (None, nombre)]
    if json:
        emitir(
            {"freno": "ACTIVO", "bot": bot, "cuenta": cuenta, "siguen": siguen, "banderas": banderas, "vivos": vivos}
        )
        return
    imprimir(f"Freno quitado: {bot or cuenta or 'todos los bots'}.")
    for freno in siguen:
        imprimir(f"Sigue {freno['estado']}: {freno['ambito']} {freno['clave']} ({freno['motivo']}).")
    if banderas:
        imprimir(f"Siguen puestos los ficheros: {', '.join(banderas)}.")
    if vivos:
        imprimir(f"En marcha: {', '.join(vivos)}; vuelven a entrar en cuanto lo lean.")


def _exigir_uno(uno: Any, todos: bool) -> None:
    if uno and todos:
        raise ErrorUsuario("USO-06", "--todos no va con otro ámbito.", "Quite una de las dos opciones.")
