"""La orden ``avisos``: mandar una prueba, ver la bandeja y acusar recibo."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from dominio.errores import ErrorConfiguracion, ErrorUsuario
from timonel.cli.salida import avisar, emitir, hora, imprimir, tabla

if TYPE_CHECKING:
    from dominio.reloj import Reloj
    from notificaciones.canales import Canal, Envio, Mensaje
    from notificaciones.config import ConfigAvisos

_JSON = typer.Option("--json", help="Un objeto JSON en la última línea.")


def probar(
    canal: Annotated[str | None, typer.Option("--canal", help="Solo este: whatsapp o apprise.")] = None,
    json: Annotated[bool, _JSON] = False,
) -> int:
    """Manda ahora un mensaje de prueba a cada destinatario y dice qué contestó cada canal.

    No usa la base: habla con el servidor de TIMONEL_TWILIO_URL (o el oficial) y con las direcciones de
    TIMONEL_APPRISE_URLS. Salida 1 si alguno lo rechazó, 3 si no se pudo hablar con él o no se sabe si salió.
    """
    import os

    from dominio.reloj import RelojSistema
    from notificaciones.canales.todos import canales_de
    from notificaciones.config import desde_entorno

    config, reloj = desde_entorno(os.environ), RelojSistema()
    salidas = [salida for salida in config.salidas if canal in (None, salida[0])]
    if not salidas:
        raise ErrorConfiguracion(
            "AVI-04",
            "No hay a quién avisar.",
            "Ponga TIMONEL_TWILIO_CUENTA, TIMONEL_TWILIO_TOKEN, TIMONEL_TWILIO_REMITENTE y TIMONEL_WHATSAPP_DESTINOS, "
            "o TIMONEL_APPRISE_URLS.",
        )
    canales = canales_de(config, reloj)
    filas = [_probar_uno(canales[nombre], destino, config, reloj) for nombre, destino in salidas]
    if json:
        emitir({"enviados": sum(f["aceptado"] for f in filas), "total": len(filas), "mensajes": filas})
    else:
        _contar_prueba(filas, config)
    return max(fila["salida"] for fila in filas)


def _probar_uno(canal: "Canal", destino: str, config: "ConfigAvisos", reloj: "Reloj") -> dict[str, Any]:
    from notificaciones.canales import CanalCaido
    from notificaciones.errores_twilio import QUE_HACER

    mensaje = _mensaje(canal.nombre, destino, config, reloj)
    envio, estado = canal.enviar(mensaje), ""
    if envio.aceptado and canal.sabe_buscar:
        try:
            visto = canal.consultar(envio.sid)
            estado = visto.estado if visto else ""
        except CanalCaido:
            estado = ""
    return {
        "canal": canal.nombre,
        "destino": destino,
        "aceptado": envio.aceptado,
        "sid": envio.sid or None,
        "plantilla": envio.plantilla or None,
        "estado": estado or ("accepted" if envio.aceptado else None),
        "codigo": envio.codigo or None,
        "reaccion": None if envio.reaccion is None else str(envio.reaccion),
        "que_hacer": None if envio.reaccion is None else QUE_HACER[envio.reaccion],
        "salida": _salida(envio),
    }


def _mensaje(canal: str, destino: str, config: "ConfigAvisos", reloj: "Reloj") -> "Mensaje":
    from notificaciones import textos
    from notificaciones.canales import Mensaje
    from notificaciones.contenidos import Marco, prueba

    ahora = reloj.ahora()
    entorno = "simulado" if config.es_laboratorio else ""
    clave = f"prueba:{ahora.isoformat()}"
    aviso = prueba(Marco(bot="", entorno=entorno, clave=clave, en=ahora, zona=config.zona), "la consola")
    marca = textos.marca(clave, destino, canal, 0, ahora)
    variables = textos.variables(aviso, marca)
    return Mensaje(
        destino=destino,
        marca=marca,
        tipo=aviso.tipo,
        urgente=False,
        cuerpo=textos.cuerpo(variables),
        variables=variables,
        por_plantilla=bool(config.plantilla(aviso.tipo, forzada=True)),
    )


def _salida(envio: "Envio") -> int:
    from notificaciones.canales import Reaccion

    if envio.aceptado:
        return 0
    return 3 if envio.reaccion in (Reaccion.REINTENTAR, Reaccion.BUSCAR, Reaccion.RETROCEDER) else 1


def _contar_prueba(filas: list[dict[str, Any]], config: "ConfigAvisos") -> None:
    celdas = [
        (
            f["canal"],
            f["destino"],
            "aceptado" if f["aceptado"] else "NO",
            f["sid"] or "—",
            f["estado"] or f["codigo"] or "—",
        )
        for f in filas
    ]
    imprimir(tabla("Mensajes de prueba", ("Canal", "Destino", "Resultado", "Identificador", "Estado o código"), celdas))
    for consejo in sorted({str(f["que_hacer"]) for f in filas if f["que_hacer"]}):
        avisar(consejo)
    if not config.url_publica:
        avisar("Sin TIMONEL_URL_PUBLICA no llegan los avisos de entrega: se pregunta por cada mensaje.")


def lista(
    cuantos: Annotated[
        int, typer.Option("--cuantos", min=1, max=1000, help="Cuántos, del más nuevo al más viejo.")
    ] = 20,
    sin_acuse: Annotated[
        bool, typer.Option("--sin-acuse", help="Solo lo que espera que alguien acuse recibo.")
    ] = False,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Enseña la bandeja de avisos: qué se envió, a quién (por su etiqueta), en qué estado va y qué falló."""
    from timonel.arranque import preparar

    preparar()
    from dominio.reloj import RelojSistema
    from notificaciones import selectors

    filas = list(selectors.avisos_recientes(cuantos, sin_acuse=sin_acuse))
    bandeja = selectors.estado_bandeja(RelojSistema().ahora())
    if json:
        campos = (
            "clave", "canal", "destino", "repeticion", "tipo", "urgencia", "bot", "estado", "intentos", "sid",
            "codigo_error", "cuerpo", "creado_en", "acuse_en", "acuse_por",
        )  # fmt: skip
        emitir({"bandeja": bandeja, "avisos": [{campo: getattr(f, campo) for campo in campos} for f in filas]})
        return
    celdas = [
        (hora(f.creado_en), f.tipo, f.destino, f.estado, f.codigo_error or "—", "sí" if f.acuse_en else "—", f.clave)
        for f in filas
    ]
    imprimir(tabla("Avisos (horas UTC)", ("Hora", "Tipo", "Destino", "Estado", "Código", "Acuse", "Clave"), celdas))
    imprimir(f"Esperan acuse: {bandeja['sin_acusar']}. Por salir: {_por_salir(bandeja['cuentas'])}.")


def _por_salir(cuentas: dict[str, int]) -> int:
    return sum(cuentas[estado] for estado in ("pendiente", "enviando", "desconocido"))


def acusar(
    clave: Annotated[str | None, typer.Argument(metavar="CLAVE", help="La del aviso (véase avisos lista).")] = None,
    todos: Annotated[bool, typer.Option("--todos", help="Todo lo que se está repitiendo.")] = False,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Acusa recibo: lo que se repetía deja de repetirse. No cambia nada más."""
    if (clave is None) == (not todos):
        raise ErrorUsuario("USO-06", "Diga una clave o --todos, y solo una de las dos.", "Vea «timonel avisos lista».")
    from timonel.arranque import preparar

    preparar()
    from dominio.reloj import RelojSistema
    from notificaciones import services

    ahora = RelojSistema().ahora()
    filas = (
        services.acusar_todo("consola", ahora=ahora)
        if clave is None
        else services.acusar(clave, "consola", ahora=ahora)
    )
    if json:
        emitir({"acusados": filas})
    else:
        imprimir(f"Acusados: {filas}." if filas else "Ya estaba acusado.")
