"""La orden ``estado``: qué hace cada bot, con cifras y en palabras."""

from typing import Annotated, Any

import typer

from timonel.cli.salida import SIMULADO, dinero, duracion, emitir, hora, imprimir, numero, parrafo, porcentaje, tabla

_CICLOS = {
    "OPERANDO": "opera: analiza, entra y espera a liquidar",
    "PAUSADO": "en pausa: el stop se cumplió y no entra",
    "ESPERANDO_HORARIO": "la pausa acabó: espera su hora",
    "SIN_SALDO": "el monto no llega al mínimo de la sede",
}


def estado(
    bot: Annotated[str | None, typer.Argument(help="El bot; sin él, todos.", show_default=False)] = None,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> None:
    """Qué hace cada bot: ciclo, balance, meta, nivel del stop, operaciones, acierto y freno."""
    from timonel.arranque import preparar

    preparar()
    from bots.registro import bot_vigente, ficheros
    from dashboard.selectors.bots import reunir
    from dashboard.selectors.comun import guardados, regla_del_bot
    from dominio.reloj import RelojSistema
    from historial import selectors as lecturas
    from timonel.cli.explicacion import tanda_tipica
    from timonel.rutas import carpeta_datos

    datos, ahora = carpeta_datos(), RelojSistema().ahora()
    bots = [reunir(fila, guardado, datos, ahora) for fila, guardado in guardados(bot)]
    if bot is not None and not bots:
        bot_vigente(bot, datos)  # un nombre que no existe se dice; uno que no ha operado, no es un error
    vistos = {uno["bot"] for uno in bots}
    sin_operar = [nombre for nombre in ficheros(datos) if nombre not in vistos and bot in (None, nombre)]
    explicaciones = {nombre: tanda_tipica(regla_del_bot(nombre, datos)) for nombre in [*vistos, *sin_operar]}
    if json:
        emitir({"bots": bots, "sin_operar": sin_operar, "tanda_tipica": explicaciones, "frenos": lecturas.frenos()})
        return
    for uno in bots:
        _mostrar(uno, explicaciones[uno["bot"]])
    for nombre in sin_operar:
        imprimir(f"{nombre}: todavía no ha operado. Pruebe «timonel demo» o «timonel operar {nombre}».")


def _mostrar(uno: dict[str, Any], explicacion: str) -> None:
    marca = f" [{SIMULADO}]" if uno["simulado"] else f" [{uno['entorno'].upper()}]" if uno["entorno"] else ""
    imprimir(f"\n{uno['bot']}{marca} · {uno['sede']} {uno['cuenta']}")
    imprimir(tabla("", ("", ""), _resumen(uno)))
    if uno["abiertas"]:
        imprimir(_tabla_operaciones("Contrato abierto", uno["abiertas"], uno, abiertas=True))
    if uno["ultimas"]:
        imprimir(_tabla_operaciones("Últimas operaciones", uno["ultimas"], uno))
    for orden in uno["por_resolver"]:
        imprimir(
            f"¡Por resolver! Orden {orden['id_cliente']} ({orden['estado']}), {orden['activo']} {orden['direccion']} "
            f"{dinero(orden['monto'], uno['moneda'])}: mire la sede y use «timonel resolver {orden['id_cliente']} …»."
        )
    if uno["aviso"]:
        parrafo(f"Aviso: {uno['aviso']}")
    parrafo(explicacion)


def _resumen(uno: dict[str, Any]) -> list[tuple[str, str]]:
    moneda, zona, hoy = uno["moneda"], uno["zona"], uno["hoy"]
    filas = [("Ciclo", f"{uno['ciclo']}, {_CICLOS[uno['ciclo']]}"), ("Desde", f"{hora(uno['desde'], zona)} ({zona})")]
    if uno["falta_s"] is not None:
        llega = uno["reanuda_en"] if uno["ciclo"] == "PAUSADO" else uno["entra_en"]
        filas.append(("Falta", f"{duracion(uno['falta_s'])}, hasta {hora(llega, zona)}"))
    filas += [
        ("Balance", dinero(uno["balance"], moneda)),
        ("Meta", f"{dinero(uno['objetivo'], moneda)} (base {dinero(uno['base'], moneda)} + {numero(uno['meta'])})"),
        ("Nivel del stop", f"{dinero(uno['nivel_stop'], moneda)} (pico {dinero(uno['pico'], moneda)})"),
        ("Próximo monto", dinero(uno["monto_siguiente"], moneda)),
        ("Tanda", f"n.º {uno['tanda']}: {uno['operaciones_tanda']} operaciones, {uno['metas_tanda']} metas"),
        ("Hoy", f"{dinero(hoy['beneficio'], moneda, signo=True)} · {_marcador(hoy)}"),
        ("Desde el inicio", f"{dinero(uno['beneficio_total'], moneda, signo=True)} · {_marcador(uno)}"),
        ("Acierto", _acierto(uno["acierto"])),
        ("Freno", _freno(uno["freno"])),
        ("Al mando", _jefe(uno["jefe"])),
    ]
    return filas


def _marcador(cuentas: dict[str, Any]) -> str:
    nulas = f", {cuentas['nulas']} nulas" if cuentas["nulas"] else ""
    return f"{cuentas['ganadas']} ganadas, {cuentas['perdidas']} perdidas{nulas}"


def _acierto(acierto: dict[str, Any]) -> str:
    if acierto["pct"] is None:
        return "sin operaciones decididas todavía"
    return (
        f"{porcentaje(acierto['pct'])} de {acierto['ganadas'] + acierto['perdidas']} "
        f"(entre {porcentaje(acierto['bajo_pct'])} y {porcentaje(acierto['alto_pct'])}, intervalo de Wilson al 95 %)"
    )


def _freno(freno: dict[str, Any]) -> str:
    partes = [f"global {freno['global']}", f"cuenta {freno['cuenta']}", f"bot {freno['bot']}"]
    partes += ["fichero ALTO puesto"] if freno["bandera"] else []
    motivo = f" — {'; '.join(freno['motivos'])}" if freno["motivos"] else ""
    return f"{freno['vigente']} ({', '.join(partes)}){motivo}"


def _jefe(jefe: dict[str, Any]) -> str:
    if not jefe["vigente"]:
        return "ningún proceso"
    return f"{jefe['titular']} (ficha {jefe['ficha']})"


def _tabla_operaciones(titulo: str, filas: list[dict[str, Any]], uno: dict[str, Any], abiertas: bool = False) -> Any:
    final = "Falta" if abiertas else "Resultado"
    columnas = ("Inicio", "Activo", "Sentido", "Monto", "Confianza", final, "Beneficio", "Contrato")
    return tabla(
        titulo,
        columnas,
        (
            (
                hora(fila["hora_inicio"], uno["zona"]),
                fila["activo"],
                fila["direccion"],
                numero(fila["monto"]),
                porcentaje(fila["confianza_pct"]),
                _final(fila, abiertas),
                "—" if fila["beneficio"] is None else dinero(fila["beneficio"], uno["moneda"], signo=True),
                fila["numero_contrato"] or "—",
            )
            for fila in filas
        ),
        derecha=("Monto", "Confianza", "Beneficio", "Contrato"),
    )


def _final(fila: dict[str, Any], abierta: bool) -> str:
    if abierta:
        return "—" if fila["falta_s"] is None else duracion(fila["falta_s"])
    return fila["resultado"] or "abierta"
