"""Prepara el entorno ANTES de que Django lea sus ajustes: carpeta de datos propia y base de datos de prueba.

Lo hace el proceso que manda en la sesión; los trabajadores de xdist heredan su entorno y no repiten nada.

``TIMONEL_PRUEBAS_BD``: ``sqlite`` (por defecto) o ``postgresql``. Con PostgreSQL se usa el servidor de
``TIMONEL_BASE_DE_DATOS`` o el que responda en 127.0.0.1:5432, si deja crear bases; si no, uno privado.
``TIMONEL_PRUEBAS_PG=privado`` arranca el privado sin mirar si hay otro.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.servicios.postgres_privado import PostgresPrivado, limpiar_restos, vive

_PREPARADO = "TIMONEL_PRUEBAS_PREPARADO"
_TRABAJADOR = "PYTEST_XDIST_WORKER"
# Lo único que pasa del entorno de quien corre las pruebas: sus credenciales y sus sedes, jamás.
_SE_QUEDAN = ("TIMONEL_PRUEBAS_", "TIMONEL_COMPARTIDO", "TIMONEL_ESPECIFICACIONES")
MEMORIA_LIBRE = 512 * 1024 * 1024
_LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"


def preparar() -> None:
    """Deja en el entorno ``TIMONEL_DATOS`` y ``TIMONEL_BASE_DE_DATOS`` de esta sesión de pruebas."""
    if _PREPARADO not in os.environ:
        pedida = os.environ.get("TIMONEL_BASE_DE_DATOS", "")
        for nombre in [n for n in os.environ if n.startswith("TIMONEL_") and not n.startswith(_SE_QUEDAN)]:
            del os.environ[nombre]
        donde = _en_memoria()
        limpiar_restos("timonel-pruebas", Path(donde or tempfile.gettempdir()))
        carpeta = tempfile.mkdtemp(prefix=f"timonel-pruebas-{os.getpid()}-", dir=donde)
        atexit.register(shutil.rmtree, carpeta, ignore_errors=True)
        os.environ["TIMONEL_DATOS"] = carpeta
        os.environ["TIMONEL_BASE_DE_DATOS"] = _direccion(os.environ.get("TIMONEL_PRUEBAS_BD", "sqlite"), pedida)
        os.environ[_PREPARADO] = str(os.getpid())
    elif trabajador := os.environ.get(_TRABAJADOR):
        datos = Path(os.environ["TIMONEL_DATOS"]) / trabajador
        datos.mkdir(exist_ok=True)
        os.environ["TIMONEL_DATOS"] = str(datos)


def nombre_de_prueba() -> str:
    """Devuelve el nombre de la base de prueba: un fichero propio en SQLite, un nombre propio en PostgreSQL."""
    if os.environ["TIMONEL_BASE_DE_DATOS"]:
        return f"timonel_pruebas_{os.environ[_PREPARADO]}"
    return str(Path(os.environ["TIMONEL_DATOS"]) / "pruebas.sqlite3")


def _en_memoria() -> str | None:
    """Devuelve una carpeta en memoria si hay sitio: miles de COMMIT duraderos no esperan al disco. Si no, la normal."""
    memoria = Path("/dev/shm")
    try:
        sirve = shutil.disk_usage(memoria).free >= MEMORIA_LIBRE and os.access(memoria, os.W_OK)
    except OSError:
        return None
    return str(memoria) if sirve else None


def _direccion(motor: str, pedida: str) -> str:
    if motor == "sqlite":
        return ""
    if motor != "postgresql":
        raise ValueError(f"TIMONEL_PRUEBAS_BD={motor}: use sqlite o postgresql")
    candidatas = [pedida] if pedida.startswith(("postgres:", "postgresql:")) else []
    if os.environ.get("TIMONEL_PRUEBAS_PG") != "privado":
        for direccion in [*candidatas, _LOCAL]:
            if _deja_crear_bases(direccion):
                _borrar_bases_huerfanas(direccion)
                return direccion
    servidor = PostgresPrivado()
    atexit.register(servidor.parar)
    return servidor.arrancar()


def _deja_crear_bases(direccion: str) -> bool:
    import psycopg

    consulta = "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(direccion, connect_timeout=2) as conexion:
            fila = conexion.execute(consulta).fetchone()
            # pg_current_xact_id y xid8 son de PostgreSQL 13.
            return bool(fila and fila[0]) and conexion.info.server_version >= 130_000
    except psycopg.Error:
        return False


def _borrar_bases_huerfanas(direccion: str) -> None:
    """Borra las bases de prueba de sesiones que murieron sin recoger; una que alguien use no se deja borrar."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(direccion, autocommit=True) as conexion:
        nombres = conexion.execute("SELECT datname FROM pg_database WHERE datname LIKE 'timonel\\_pruebas\\_%'")
        for (nombre,) in nombres.fetchall():
            pid = nombre.removeprefix("timonel_pruebas_").split("_")[0]
            if pid.isdecimal() and not vive(int(pid)):
                with suppress(psycopg.Error):
                    conexion.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(nombre)))


@contextmanager
def carpeta_rapida(nombre: str, si_no: Path) -> Iterator[Path]:
    """Da una carpeta que se borra al acabar: en memoria si hay sitio, o dentro de ``si_no``."""
    carpeta = Path(tempfile.mkdtemp(prefix=f"timonel-{nombre}-{os.getpid()}-", dir=_en_memoria() or si_no))
    try:
        yield carpeta
    finally:
        shutil.rmtree(carpeta, ignore_errors=True)
