"""El alto de la consola. No importa typer ni Django hasta haber puesto la bandera: parar no espera a nada."""

from typing import TYPE_CHECKING

from dominio.errores import ErrorServicio, ErrorTimonel, ErrorUsuario
from timonel.cli.salida import avisar, emitir, imprimir

if TYPE_CHECKING:
    from pathlib import Path

MOTIVO = "alto desde la consola"
ESPERA_BASE_S = 3


def orden_directa(args: list[str]) -> "tuple[str | None, str, bool] | None":
    """Devuelve (bot, motivo, json) si ``args`` es un alto bien escrito; None si tiene que mirarlo typer.

    Leer así cuatro opciones ahorra cargar typer y pydantic, que cuestan más que el alto entero.
    """
    if args[:1] != ["alto"]:
        return None
    valores: dict[str, str | None] = {"--bot": None, "--motivo": MOTIVO}
    sueltas: set[str] = set()
    resto = iter(args[1:])
    for opcion in resto:
        valor = next(resto, None) if opcion in valores else None
        if opcion in ("--json", "--todos"):
            sueltas.add(opcion)
        elif valor is not None and not valor.startswith("-"):
            valores[opcion] = valor
        else:
            return None
    if valores["--bot"] is not None and "--todos" in sueltas:
        return None
    return valores["--bot"], valores["--motivo"] or MOTIVO, "--json" in sueltas


def parar(bot: str | None, motivo: str, json: bool) -> None:
    """Pone la bandera, avisa a los procesos y escribe el freno en la base. Basta con que salga una de las tres.

    Raises:
        ErrorUsuario: BOT-01 si nadie conoce el bot. ErrorServicio: ALT-01 si no quedó ni bandera ni freno.
    """
    from bots.emergencia import poner_alto, ruta_bandera
    from timonel.cli.bots_conocidos import exigir_conocido
    from timonel.rutas import carpeta_datos

    datos = carpeta_datos()
    if bot is not None:
        try:
            exigir_conocido(bot, datos)
        except ErrorUsuario:
            if not _lo_conoce_la_base(bot, datos):
                raise
    puesta, avisados = poner_alto(datos, bot, motivo)
    fallo = _escribir_alto(bot, motivo)
    if not puesta and fallo is not None:
        raise ErrorServicio(
            "ALT-01",
            "No se pudo poner ni el fichero ALTO ni el freno en la base.",
            "Detenga los procesos (Ctrl-C o systemctl stop) y revise la carpeta de datos.",
            avisados=avisados,
        ) from fallo
    if json:
        emitir(
            {
                "freno": "DETENIDO",
                "bot": bot,
                "bandera": str(ruta_bandera(datos, bot)),
                "bandera_puesta": puesta,
                "base_de_datos": fallo is None,
                "avisados": avisados,
                "motivo": motivo,
            }
        )
        return
    imprimir(f"DETENIDO: {bot or 'todos los bots'}. No se abre nada más.")
    if avisados:
        imprimir(f"Procesos avisados: {', '.join(avisados)}.")
    if fallo is not None:
        avisar("Aviso: la base de datos no se puede escribir; basta el fichero ALTO, que ya está puesto.")
    elif not puesta:
        avisar("Aviso: el fichero ALTO no se pudo poner; el freno quedó escrito en la base.")


def _lo_conoce_la_base(bot: str, datos: "Path") -> bool:
    """Devuelve si el bot existe en la base (se creó en el panel). Si no se puede leer, no: el que opera, ya se sabe."""
    from django.db import Error

    from timonel.arranque import preparar

    try:
        preparar(migrar=False)
        from dashboard.selectors.comun import nombres
        from timonel.cli.base import no_esperar

        no_esperar(ESPERA_BASE_S)
        return bot in nombres(datos)
    except (Error, ErrorTimonel, OSError):
        return False


def _escribir_alto(bot: str | None, motivo: str) -> "Exception | None":
    """Escribe el freno en la base y devuelve el fallo, si lo hubo. Nunca espera más de unos segundos."""
    from django.db import Error

    from timonel.arranque import preparar

    try:
        preparar(migrar=False)
        from timonel.cli.base import no_esperar

        no_esperar(ESPERA_BASE_S)
        from dominio.freno import Freno
        from dominio.reloj import RelojSistema
        from historial import services as historial
        from timonel.cli.clave import quien

        ambito, clave = ("bot", bot) if bot else ("global", "")
        historial.fijar_freno(ambito, clave, Freno.DETENIDO, motivo, quien(), ahora=RelojSistema().ahora())
    except (Error, ErrorTimonel, OSError) as fallo:
        return fallo
    return None
