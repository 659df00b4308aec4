"""Las órdenes ``simulacion``: el acierto por horas de las entradas ficticias, y su análisis sobre la historia."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dominio.errores import ErrorUsuario
from timonel.cli.salida import SIMULADO, consola, emitir, hora, imprimir, numero, parrafo, porcentaje, tabla

if TYPE_CHECKING:
    from pathlib import Path

    from core.configuracion import ConfigBot
    from integracion_deriv.cliente import ClienteDeriv
    from simulacion.relleno_sede import ResumenRelleno

DIAS = ("lun", "mar", "mié", "jue", "vie", "sáb", "dom")
_JSON = typer.Option("--json", help="Un objeto JSON en la última línea.")
_ORIGENES = {"pausa": "entradas ficticias de la pausa", "historia": "HISTORIA de la sede, no ticks vivos"}


def horarios(
    bot: Annotated[str | None, typer.Argument(help="El bot; sin él, todos.", show_default=False)] = None,
    todo: Annotated[bool, typer.Option("--todo", help="Todas las pausas, no solo la última.")] = False,
    relleno: Annotated[bool, typer.Option("--relleno", help="Lo analizado sobre la historia de la sede.")] = False,
    semana: Annotated[bool, typer.Option("--semana", help="También el mapa hora × día, sin veredicto.")] = False,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """El acierto por horas locales de la pausa vigente (o la última), la mejor hora y si supera el equilibrio.

    Son entradas ficticias: ninguna se envió a la sede. El veredicto informa; no impide operar.
    """
    if todo and relleno:
        raise ErrorUsuario("USO-06", "--todo y --relleno no van juntas.", "Quite una: la historia va siempre aparte.")
    from timonel.arranque import preparar

    preparar()
    from simulacion.selectors import HISTORIA, PAUSA, cuentas_de
    from timonel.rutas import carpeta_datos

    datos, origen = carpeta_datos(), HISTORIA if relleno else PAUSA
    analizados = [_reunir(*clave, origen, todo, semana, datos) for clave in cuentas_de(bot, origen)]
    if bot is not None and not analizados:
        _exigir_bot(bot, datos)
    if json:
        emitir({"bots": analizados})
        return
    for uno in analizados:
        _mostrar(uno)
    if not analizados:
        imprimir("Todavía no hay entradas ficticias. Pruebe «timonel simulacion rellenar BOT» para no esperar.")


def rellenar(
    bot: Annotated[str, typer.Argument(help="El bot.")],
    dias: Annotated[float, typer.Option("--dias", min=0.01, max=90, help="Cuántos días atrás.")] = 1,
    semana: Annotated[bool, typer.Option("--semana", help="También el mapa hora × día, sin veredicto.")] = False,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Hace el análisis por horas sobre los ticks pasados de la sede, con el pago que cotiza ahora. Nunca una orden.

    Se puede cortar y repetir: sigue donde quedó y no cuenta nada dos veces. Necesita credenciales y conexión.
    """
    from timonel.arranque import preparar

    preparar()
    from bots.registro import bot_vigente
    from timonel.cli.conexion_deriv import con_cliente
    from timonel.rutas import carpeta_datos

    datos = carpeta_datos()
    config = bot_vigente(bot, datos)
    cuenta, resumen = con_cliente(lambda cliente: _rellenar(cliente, config, dias))
    uno = _reunir(config.nombre, config.sede, cuenta, "historia", False, semana, datos)
    uno["relleno"] = {
        "dias": dias,
        "ticks": resumen.ticks,
        "entradas_nuevas": resumen.entradas,
        "abandonadas": resumen.abandonadas,
        "ya_hechos_s": resumen.ya_hechos_s,
        "sin_cotizar": list(resumen.sin_cotizar),
    }
    if json:
        emitir(uno)
        return
    imprimir(f"{numero(resumen.ticks, 0)} ticks leídos, {numero(resumen.entradas, 0)} entradas nuevas.")
    if resumen.sin_cotizar:
        imprimir(f"La sede no cotiza ahora: {', '.join(resumen.sin_cotizar)}.")
    _mostrar(uno)


async def _rellenar(cliente: "ClienteDeriv", config: "ConfigBot", dias: float) -> "tuple[str, ResumenRelleno]":
    from rich.progress import Progress

    from bots.deriv.calentamiento import insistir
    from bots.deriv.papel import cuenta_de_papel
    from bots.deriv.parametros import parametros_senales
    from dominio.instrumentos import Entorno
    from dominio.reloj import RelojSistema
    from historial.ejecutores import HiloEscritor
    from integracion_deriv.broker import BrokerDeriv
    from integracion_deriv.mercado import MercadoDeriv
    from simulacion.relleno import ReglaRelleno
    from simulacion.relleno_sede import Rellenador
    from simulacion.services import DeQuien
    from trading.motor_senales.motor import MotorSenales

    parametros, mercado = parametros_senales(config), MercadoDeriv(cliente)
    cuenta = cuenta_de_papel(cliente.cuenta) if config.entorno is Entorno.PAPEL else cliente.cuenta
    ejecutor, pantalla = HiloEscritor(), consola(errores=True)
    with Progress(console=pantalla, transient=True, disable=not pantalla.is_terminal) as barra:
        tarea = barra.add_task("Leyendo la historia", total=None)
        rellenador = Rellenador(
            lector=mercado,
            cotizar=BrokerDeriv(cliente, mercado).cotizar,
            motor_nuevo=lambda: MotorSenales(parametros, config.activos, config.nombre),
            regla=ReglaRelleno(
                duracion=config.contrato.duracion,
                unidad=config.contrato.unidad,
                pago_neto_min=config.contrato.pago_min_pct / 100.0,
                exigir_ventaja=parametros.exigir_ventaja,
                hueco_max_s=parametros.hueco_max_ms // 1000,
            ),
            quien=DeQuien(
                bot=config.nombre,
                sede=config.sede,
                cuenta=cuenta,
                entorno=config.entorno,
                moneda=config.moneda,
                nombres={},
            ),
            calentamiento=config.senales.ticks_calentamiento,
            ejecutor=ejecutor,
            reloj=RelojSistema(),
            insistir=insistir,
            al_avanzar=lambda hechos, total: barra.update(tarea, completed=hechos, total=total),
        )
        try:
            return cuenta, await rellenador.rellenar(dias)
        finally:
            ejecutor.cerrar()


def _reunir(bot: str, sede: str, cuenta: str, origen: str, todo: bool, semana: bool, datos: "Path") -> dict[str, Any]:
    """Devuelve el análisis de un bot en una cuenta, con números y horas UTC."""
    from core import horario
    from dominio.reloj import RelojSistema
    from simulacion.selectors import entorno_de, horas_de_pausa, horas_de_todo, mapa_de, ultima_pausa

    pausa_bot = _pausa_de(bot, datos)
    zona = horario.zona(pausa_bot.zona)
    entorno = entorno_de(bot, sede, cuenta)
    uno: dict[str, Any] = {
        "bot": bot,
        "sede": sede,
        "cuenta": cuenta,
        "entorno": entorno,
        "simulado": entorno == "simulado",
        "ficticias": True,
    }
    pausa = None if todo or origen != "pausa" else ultima_pausa(bot, sede, cuenta)
    if pausa is not None:
        uno |= horas_de_pausa(pausa, zona, RelojSistema().ahora(), pausa_bot.min_muestras)
    else:
        uno |= horas_de_todo(bot, sede, cuenta, origen, zona, pausa_bot.min_muestras)
    if semana:
        uno["semana"] = mapa_de(bot, sede, cuenta, origen, zona).como_dict()
    return uno


def _pausa_de(bot: str, datos: "Path") -> Any:
    from bots.registro import bot_vigente
    from core.configuracion import ConfigPausa
    from dominio.errores import ErrorTimonel

    try:
        return bot_vigente(bot, datos).pausa
    except ErrorTimonel:  # lo guardado se enseña igual, con los valores de serie
        return ConfigPausa()


def _exigir_bot(bot: str, datos: "Path") -> None:
    from bots.registro import bot_vigente

    bot_vigente(bot, datos)


def _mostrar(uno: dict[str, Any]) -> None:
    marca = f" [{SIMULADO}]" if uno["simulado"] else f" [{uno['entorno'].upper()}]" if uno["entorno"] else ""
    imprimir(f"\n{uno['bot']}{marca} · {uno['sede']} {uno['cuenta']} · {_ORIGENES[uno['origen']]}")
    zona = uno["zona"]
    if uno.get("pausado_en"):
        imprimir(f"En pausa desde {hora(uno['pausado_en'], zona)} hasta {hora(uno['reanuda_en'], zona)} ({zona}).")
    mejor = uno["mejor"]
    columnas = ("", "Hora", "Aciertos", "Entradas", "Tasa", "Cota inferior", "Equilibrio", "Detectable")
    filas = [
        (
            "►" if mejor and fila["hora"] == mejor["hora"] else "" if fila["califica"] else "·",
            f"{fila['hora']:02d}:00",
            numero(fila["aciertos"], 0),
            numero(fila["entradas"], 0),
            porcentaje(fila["tasa_pct"]),
            porcentaje(fila["cota_inferior_pct"]),
            porcentaje(fila["equilibrio_pct"]),
            porcentaje(fila["minima_detectable_pct"]),
        )
        for fila in uno["horas"]
        if fila["entradas"] or fila["nulas"]
    ]
    if filas:
        imprimir(tabla(f"Acierto por hora local ({zona})", columnas, filas, derecha=columnas[2:]))
    if any(not fila["califica"] and fila["entradas"] for fila in uno["horas"]):
        imprimir(f"· menos de {uno['min_muestras']} entradas: no cuenta para elegir.")
    parrafo(uno["veredicto"]["frase"])
    if "semana" in uno:
        _mostrar_semana(uno["semana"])


def _mostrar_semana(mapa: dict[str, Any]) -> None:
    celdas = {(celda["dia"], celda["hora"]): celda["tasa_pct"] for celda in mapa["celdas"]}
    filas = [
        (f"{h:02d}:00", *(numero(celdas[dia, h], 0) for dia in range(7)))
        for h in range(24)
        if any(celdas[dia, h] is not None for dia in range(7))
    ]
    imprimir(tabla(f"Acierto por hora y día, % ({mapa['zona']})", ("Hora", *DIAS), filas, derecha=DIAS))
    imprimir("Este mapa no lleva veredicto: con 168 casillas, alguna parece buena siempre.")
