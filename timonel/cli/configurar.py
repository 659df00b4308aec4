"""La orden ``configurar``: asistente que prueba las credenciales y escribe ``.env`` y el fichero del bot."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dominio.errores import ErrorConfiguracion, ErrorUsuario
from timonel.cli.preguntas import Preguntas
from timonel.cli.salida import avisar, emitir, imprimir
from timonel.rutas import carpeta_datos, fichero_env

if TYPE_CHECKING:
    from core.configuracion import ConfigBot
    from integracion_deriv.cliente import ClienteDeriv

ACTIVOS = "1HZ10V,1HZ25V,1HZ50V,1HZ75V,1HZ100V,R_10,R_25,R_50,R_75,R_100"
CABECERA = "# Escrito por «timonel configurar». Cada clave se explica en docs/configuracion.md.\n"
_CLAVES = ("TIMONEL_DERIV_TOKEN", "TIMONEL_DERIV_TOKEN_FILE")
NUEVA = "TIMONEL_CLAVE_OPERADOR_NUEVA"


def configurar(
    clave: Annotated[bool, typer.Option("--clave", help="Solo fija la clave del operador.")] = False,
    llave: Annotated[bool, typer.Option("--llave", help="Solo crea la llave de las claves del panel.")] = False,
    bot: Annotated[str | None, typer.Option("--bot", help="Nombre del bot que se escribe.")] = None,
    entorno: Annotated[
        Literal["simulado", "papel", "demo", "real"] | None, typer.Option("--entorno", help="Con qué dinero.")
    ] = None,
    activos: Annotated[str | None, typer.Option("--activos", metavar="A,B,C", help="Los activos.")] = None,
    app_id: Annotated[str | None, typer.Option("--app-id", help="Identificador de la aplicación en Deriv.")] = None,
    token_fichero: Annotated[
        Path | None, typer.Option("--token-fichero", metavar="FICHERO", help="De dónde leer la clave de Deriv.")
    ] = None,
    cuenta: Annotated[str | None, typer.Option("--cuenta", help="Cuenta de Deriv; sin ella, la primera demo.")] = None,
    sin_probar: Annotated[bool, typer.Option("--sin-probar", help="No se conecta para probar la clave.")] = False,
    si: Annotated[bool, typer.Option("--si", help="Sin preguntas: lo no dicho, por defecto; y sustituye.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Un objeto JSON en la última línea.")] = False,
) -> None:
    """Asistente: prueba las credenciales y escribe .env (solo para su dueño) y el fichero del bot.

    La clave de Deriv nunca va en la línea de órdenes: se pregunta a ciegas, o viene de TIMONEL_DERIV_TOKEN o de un
    fichero. El dinero real pide además TIMONEL_PERMITIR_REAL=1, que este asistente no escribe.
    """
    preguntas = Preguntas(si)
    if clave:
        _fijar_clave(preguntas, json)
        return
    if llave:
        _crear_llave(json)
        return
    config = _bot(preguntas, bot, entorno, activos)
    variables = _credenciales(preguntas, app_id, token_fichero, cuenta, str(config.entorno))
    probado = None
    if not sin_probar and any(nombre in variables for nombre in _CLAVES):
        probado = _probar(variables, config)
    ruta_bot = carpeta_datos() / "bots" / f"{config.nombre}.yaml"
    _exigir_permiso(preguntas, ruta_bot, variables, si)
    escritos = _escribir(config, ruta_bot, variables)
    if json:
        emitir({"bot": config.nombre, "entorno": config.entorno, "escritos": escritos, "cuenta_probada": probado})
        return
    imprimir(f"Escrito: {', '.join(escritos)}.")
    if probado:
        imprimir(f"Credenciales probadas: cuenta {probado['cuenta']}, {probado['balance']} {probado['moneda']}.")
    imprimir(f"Siguiente paso: «timonel doctor» y «timonel operar {config.nombre}».")


def _bot(preguntas: Preguntas, bot: str | None, entorno: str | None, activos: str | None) -> "ConfigBot":
    from core.configuracion import validar_bot

    nombre = bot or preguntas.texto("Nombre del bot", "mi_bot")
    clase = entorno or preguntas.texto("Entorno (simulado, papel, demo, real)", "demo")
    lista = activos or preguntas.texto("Activos, separados por comas", ACTIVOS)
    datos = {
        "nombre": nombre,
        "familia": "deriv_dinamico",
        "sede": "deriv",
        "entorno": clase,
        "activos": [activo.strip() for activo in lista.split(",") if activo.strip()],
    }
    if clase == "real":
        datos["senales"] = {"exigir_ventaja": True}
    return validar_bot(datos, f"el bot «{nombre}»")


def _credenciales(
    preguntas: Preguntas, app_id: str | None, fichero: Path | None, cuenta: str | None, entorno: str
) -> dict[str, str]:
    """Devuelve las variables nuevas; las que ya estaban en el entorno no se repiten en el fichero."""
    token = os.environ.get("TIMONEL_DERIV_TOKEN", "")
    app_id = app_id or os.environ.get("TIMONEL_DERIV_APP_ID")
    if entorno != "simulado":
        if not token and fichero is None:
            token = preguntas.secreto("Clave de acceso de Deriv (no se ve; en blanco para dejarla para luego)")
        if not app_id:
            app_id = preguntas.texto("Identificador de aplicación de Deriv", "")
    leidas = {
        "TIMONEL_DERIV_TOKEN": token if fichero is None else None,
        # De un secreto que ya está en un fichero se apunta dónde está: no se copia.
        "TIMONEL_DERIV_TOKEN_FILE": _legible(fichero),
        "TIMONEL_DERIV_APP_ID": app_id,
        "TIMONEL_DERIV_CUENTA": cuenta,
    }
    return {nombre: valor for nombre, valor in leidas.items() if valor}


def _legible(fichero: Path | None) -> str | None:
    """Devuelve el camino completo del fichero. Raises ErrorConfiguracion (DER-005) si no se puede leer."""
    if fichero is None:
        return None
    try:
        fichero.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fallo:
        raise ErrorConfiguracion("DER-005", f"No se puede leer {fichero}.", "Revise ruta y permisos.") from fallo
    return str(fichero.resolve())


def _probar(variables: dict[str, str], config: "ConfigBot") -> dict[str, Any]:
    """Devuelve cuenta, balance y moneda. Si las credenciales no valen, lanza y no se escribe nada."""
    from timonel.cli.conexion_deriv import con_cliente

    async def mirar(cliente: "ClienteDeriv") -> dict[str, Any]:
        from integracion_deriv.lector import LectorDeriv

        saldo = await LectorDeriv.de_cliente(cliente).saldo()
        return {"cuenta": cliente.cuenta, "balance": saldo.balance, "moneda": saldo.moneda}

    avisar("Probando las credenciales…")
    if "TIMONEL_DERIV_TOKEN_FILE" in variables:
        os.environ.pop("TIMONEL_DERIV_TOKEN", None)
    os.environ.update(variables)
    return con_cliente(mirar, entorno=config.entorno)


def _exigir_permiso(preguntas: Preguntas, ruta_bot: Path, variables: dict[str, str], si: bool) -> None:
    """Raises ErrorUsuario (CON-01) si habría que sustituir algo y nadie dijo que sí."""
    from timonel.fichero_env import leer

    actuales = leer(fichero_env())
    distintas = [nombre for nombre, valor in variables.items() if actuales.get(nombre, valor) != valor]
    cambia = [str(ruta_bot)] if ruta_bot.exists() else []
    cambia += [f"{nombre} en {fichero_env()}" for nombre in distintas]
    if cambia and not preguntas.confirmar(f"Se va a sustituir: {', '.join(cambia)}. ¿Seguir?", si_mudo=si):
        raise ErrorUsuario("CON-01", f"Ya existe: {', '.join(cambia)}.", "Nada ha cambiado. Con --si se sustituye.")


def _escribir(config: "ConfigBot", ruta_bot: Path, variables: dict[str, str]) -> list[str]:
    import yaml

    from timonel.fichero_env import escribir, escribir_privado

    datos = config.model_dump(mode="json", exclude_unset=True)
    texto = CABECERA + yaml.safe_dump(datos, allow_unicode=True, sort_keys=False)
    escribir_privado(ruta_bot, texto)
    if variables:
        escribir(fichero_env(), variables)
    return [str(ruta_bot), *([str(fichero_env())] if variables else [])]


def _fijar_clave(preguntas: Preguntas, json: bool) -> None:
    from timonel.arranque import preparar

    preparar()
    from timonel.cli.clave import VARIABLE, exigir_clave, fijar_clave, hay_clave

    variable = VARIABLE
    if hay_clave():
        exigir_clave()
        variable = NUEVA
    nueva = os.environ.get(variable) or preguntas.secreto("Clave nueva del operador")
    if not nueva:
        raise ErrorUsuario(
            "USO-09", "Hace falta la clave nueva y no hay a quién preguntarla.", f"Póngala en {variable}."
        )
    if not os.environ.get(variable) and preguntas.secreto("Otra vez") != nueva:
        raise ErrorUsuario("AUT-05", "Las dos claves no coinciden.", "Nada ha cambiado.")
    fijar_clave(nueva)
    if json:
        emitir({"clave": "fijada"})
    else:
        imprimir("Clave del operador fijada.")


def _crear_llave(json: bool) -> None:
    """Crea el par de los sobres y apunta en .env dónde está la privada, si nadie lo dijo ya."""
    from timonel.fichero_env import escribir
    from timonel.llaves import PRIVADA, crear_llaves

    privada, publica = crear_llaves(carpeta_datos())
    if not os.environ.get(PRIVADA):
        escribir(fichero_env(), {PRIVADA: str(privada)})
    if json:
        emitir({"privada": str(privada), "publica": str(publica)})
        return
    imprimir(f"Llave creada. Privada, solo para quien opera: {privada}. Pública, para el panel: {publica}.")
    imprimir("Si el panel corre con otro usuario, mueva la privada donde no pueda leerla.")
