"""Las comprobaciones de ``doctor``, una función cada una. Ninguna escribe secretos ni cambia nada."""

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgspec

from dominio.errores import ErrorConfiguracion, ErrorTimonel
from timonel.rutas import carpeta_datos, fichero_env

if TYPE_CHECKING:
    from integracion_deriv.cliente import ClienteDeriv

MEGA = 1_000_000
DISCO_AVISO, DISCO_FALLO = 2_000 * MEGA, 200 * MEGA
DESVIO_AVISO_S, DESVIO_FALLO_S = 2.0, 5.0
BIBLIOTECAS = ("django", "psycopg", "aiohttp", "msgspec", "numpy", "scipy", "talib", "pydantic", "yaml", "rich")


class Comprobacion(msgspec.Struct, frozen=True):
    """Lo que dio una comprobación. ``estado``: «ok», «aviso» o «fallo»."""

    nombre: str
    estado: str
    mensaje: str
    que_hacer: str = ""


def comprobar_todo(con_red: bool) -> "Iterator[Comprobacion]":
    """Da cada comprobación según se hace; la que se rompe cuenta como fallo y las demás siguen."""
    for comprobar in _COMPROBACIONES:
        yield from _a_salvo(comprobar)
    if con_red:
        yield from _a_salvo(_sede)


def _a_salvo(comprobar: "Callable[[], Iterator[Comprobacion]]") -> "Iterator[Comprobacion]":
    nombre = comprobar.__name__.strip("_").replace("_", " ")
    try:
        yield from comprobar()
    except ErrorTimonel as fallo:
        yield Comprobacion(nombre, "fallo", fallo.mensaje, fallo.que_hacer)
    except Exception as fallo:  # una comprobación rota es justo lo que se busca
        from timonel.cli.errores import traducir

        error = traducir(fallo)
        yield Comprobacion(nombre, "fallo", error.mensaje, error.que_hacer)


def _python() -> "Iterator[Comprobacion]":
    version = ".".join(map(str, sys.version_info[:3]))
    bien = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Comprobacion(
        "python", "ok" if bien else "fallo", f"Python {version}.", "" if bien else "Use 3.11, 3.12 o 3.13."
    )


def _bibliotecas() -> "Iterator[Comprobacion]":
    rotas = []
    for nombre in BIBLIOTECAS:
        try:
            import_module(nombre)
        except Exception:  # una biblioteca nativa rota lanza cualquier cosa
            rotas.append(nombre)
    if rotas:
        yield Comprobacion("bibliotecas", "fallo", f"No cargan: {', '.join(rotas)}.", "Repita «uv sync --frozen».")
        return
    yield Comprobacion("bibliotecas", "ok", f"Cargan las {len(BIBLIOTECAS)} que hacen falta.")
    if find_spec("polars") is None:
        yield Comprobacion("polars", "aviso", "No está: no se pueden importar datos.", "uv sync --group investigacion.")


def _carpeta_de_datos() -> "Iterator[Comprobacion]":
    datos = carpeta_datos()
    try:
        datos.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=datos):
            pass
    except OSError:
        yield Comprobacion(
            "carpeta de datos", "fallo", f"No se puede escribir en {datos}.", "Revise permisos o TIMONEL_DATOS."
        )
        return
    yield Comprobacion("carpeta de datos", "ok", f"{datos} se puede escribir.")
    libre = shutil.disk_usage(datos).free
    texto = f"Quedan {libre / 1e9:.1f} GB libres.".replace(".", ",", 1)
    estado = "fallo" if libre < DISCO_FALLO else "aviso" if libre < DISCO_AVISO else "ok"
    yield Comprobacion("disco", estado, texto, "" if estado == "ok" else "Libere espacio: sin él no se guarda nada.")


def _base_de_datos() -> "Iterator[Comprobacion]":
    from timonel.arranque import preparar

    preparar(migrar=False)
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from timonel.cli.base import no_esperar

    no_esperar(5)
    pendientes = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    yield Comprobacion("base de datos", "ok", f"Responde ({connection.vendor}).")
    if pendientes:
        yield Comprobacion(
            "esquema", "aviso", f"Faltan {len(pendientes)} migraciones.", "Se aplican solas con «timonel estado»."
        )
    else:
        yield Comprobacion("esquema", "ok", "Al día.")
    yield _durabilidad(connection)


_DURABLE: dict[str, dict[str, tuple[object, ...]]] = {
    "sqlite": {"PRAGMA journal_mode": ("wal",), "PRAGMA synchronous": (2, 3)},
    "postgresql": {"SHOW fsync": ("on",), "SHOW synchronous_commit": ("on", "remote_apply", "remote_write")},
}


def _durabilidad(connection: Any) -> Comprobacion:
    vistos = {}
    with connection.cursor() as cursor:
        for consulta in _DURABLE[connection.vendor]:
            cursor.execute(consulta)
            vistos[consulta] = cursor.fetchone()[0]
    bien = all(vistos[consulta] in validos for consulta, validos in _DURABLE[connection.vendor].items())
    texto = "Lo confirmado sobrevive a un corte." if bien else "Lo confirmado puede perderse en un corte de luz."
    arreglo = "" if bien else "SQLite: WAL y synchronous=FULL; PostgreSQL: fsync y synchronous_commit en on."
    return Comprobacion("durabilidad", "ok" if bien else "fallo", texto, arreglo)


def _historial() -> "Iterator[Comprobacion]":
    from django.db import connection

    from historial.models import EstadoFreno, FilaArriendo

    if EstadoFreno._meta.db_table not in connection.introspection.table_names():
        return
    from historial import selectors as lecturas
    from timonel.cli.clave import hay_clave

    frenados = [f for f in lecturas.frenos() if f["estado"] != "ACTIVO"]
    banderas = sorted(ruta.name for ruta in carpeta_datos().glob("ALTO*"))
    if frenados or banderas:
        cuales = [f"{f['ambito']} {f['clave']}".strip() for f in frenados] + banderas
        yield Comprobacion("freno", "aviso", f"Puesto: {', '.join(cuales)}.", "Quítelo con «timonel reanudar».")
    else:
        yield Comprobacion("freno", "ok", "ACTIVO: no hay ninguno puesto.")
    dudas = lecturas.en_duda()
    if dudas:
        yield Comprobacion(
            "órdenes",
            "fallo",
            f"{len(dudas)} de suerte desconocida.",
            "Mire «timonel estado» y use «timonel resolver».",
        )
    jefes = [f"{fila.bot} ({fila.titular})" for fila in FilaArriendo.objects.exclude(titular="")]
    yield Comprobacion("al mando", "ok", f"{', '.join(jefes)}." if jefes else "Ningún proceso opera.")
    if hay_clave():
        yield Comprobacion("clave del operador", "ok", "Fijada.")
    else:
        yield Comprobacion(
            "clave del operador", "aviso", "Sin fijar: no se podría reanudar.", "timonel configurar --clave."
        )


def _bots() -> "Iterator[Comprobacion]":
    from bots.registro import ficheros
    from core.configuracion import leer_bot

    for nombre, ruta in ficheros(carpeta_datos()).items():
        try:
            config = leer_bot(ruta)
            yield Comprobacion(f"bot {nombre}", "ok", f"Válido, entorno {config.entorno}.")
        except ErrorTimonel as fallo:
            yield Comprobacion(f"bot {nombre}", "fallo", fallo.mensaje, fallo.que_hacer)


def _credenciales() -> "Iterator[Comprobacion]":
    from integracion_deriv.config import desde_entorno

    config = desde_entorno()
    try:
        config.exigir_credenciales()
        yield Comprobacion("credenciales de Deriv", "ok", "Están puestas (no se enseñan).")
    except ErrorConfiguracion as fallo:
        yield Comprobacion(
            "credenciales de Deriv", "aviso", f"{fallo.mensaje} La demostración no las necesita.", fallo.que_hacer
        )
    ruta = fichero_env()
    if ruta.exists() and stat.S_IMODE(ruta.stat().st_mode) & 0o077 and os.name == "posix":
        yield Comprobacion("fichero .env", "aviso", "Lo pueden leer otros usuarios.", f"chmod 600 {ruta}")
    if config.permitir_real:
        yield Comprobacion(
            "dinero real", "aviso", "TIMONEL_PERMITIR_REAL está puesto.", "Quítelo si no es a propósito."
        )


def _sede() -> "Iterator[Comprobacion]":
    from dominio.reloj import RelojSistema
    from integracion_deriv.config import desde_entorno
    from timonel.cli.conexion_deriv import con_cliente

    try:
        desde_entorno().exigir_credenciales()
    except ErrorConfiguracion:
        yield Comprobacion("sede", "aviso", "Sin credenciales no se comprueba.", "timonel configurar.")
        return

    async def mirar(cliente: "ClienteDeriv") -> tuple[str, float]:
        from integracion_deriv.mercado import hora_de

        antes = RelojSistema().ahora()
        hora = await hora_de(cliente)
        despues = RelojSistema().ahora()
        # La sede contesta en segundos enteros: dentro de ese segundo y del viaje no hay desvío que medir.
        desvio = max((antes - hora).total_seconds() - 1.0, (hora - despues).total_seconds(), 0.0)
        return cliente.cuenta, desvio

    cuenta, desvio = con_cliente(mirar)
    yield Comprobacion("sede", "ok", f"Deriv responde; cuenta {cuenta}.")
    estado = "fallo" if desvio > DESVIO_FALLO_S else "aviso" if desvio > DESVIO_AVISO_S else "ok"
    texto = "En hora con la sede." if estado == "ok" else f"Desviado {desvio:.1f} s de la sede."
    yield Comprobacion("reloj", estado, texto, "" if estado == "ok" else "Ponga en hora el equipo (NTP).")


_COMPROBACIONES: "tuple[Callable[[], Iterator[Comprobacion]], ...]" = (
    _python,
    _bibliotecas,
    _carpeta_de_datos,
    _base_de_datos,
    _historial,
    _bots,
    _credenciales,
)
