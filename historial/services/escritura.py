"""Sentencias cortas y rápidas para el camino de una orden, donde cada milisegundo separa el tick del envío.

``INSERT`` se compone una vez por modelo y combinación de campos, con las columnas que dice el modelo. En PostgreSQL las
sentencias van preparadas (se planifican una sola vez por conexión) y ``tuberia`` las manda seguidas sin esperar cada
respuesta. Los errores salen traducidos a los de Django, como con su cursor. Las sentencias preparadas viven en la
conexión: entre Timonel y PostgreSQL no debe haber un repartidor que las mezcle (pgbouncer en modo transacción).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from historial.models.campos import Dinero, exigir_exacto

_Convertir = Callable[[Any], Any]
_Preparada = tuple[str, tuple[tuple[str, _Convertir, Any], ...]]
_INSERTAR: dict[tuple[Any, ...], _Preparada] = {}


def ejecutar(sentencia: str, parametros: tuple[Any, ...] | list[Any]) -> Any:
    """Ejecuta una sentencia y devuelve el cursor (con ``fetchone`` y ``rowcount``).

    Raises:
        django.db.DatabaseError: y sus hijas.
    """
    base = connections[DEFAULT_DB_ALIAS]  # ``connection`` lo busca de nuevo en cada atributo
    if base.queries_logged or base.execute_wrappers:  # alguien mira las consultas: por el camino de siempre
        cursor = base.cursor()
        cursor.execute(sentencia, parametros)
        return cursor
    base.ensure_connection()
    base.validate_no_broken_transaction()
    if base.vendor != "postgresql":
        with base.wrap_database_errors:
            return base.connection.execute(_con_interrogantes(sentencia), parametros)
    from psycopg import Cursor

    with base.wrap_database_errors:
        return Cursor(base.connection).execute(sentencia, parametros, prepare=True)


@lru_cache(maxsize=256)
def _con_interrogantes(sentencia: str) -> str:
    """Devuelve la sentencia con los huecos como los escribe SQLite; se traduce una sola vez."""
    return sentencia.replace("%%", "\0").replace("%s", "?").replace("\0", "%")


@contextmanager
def tuberia() -> Iterator[None]:
    """Dentro, las sentencias salen seguidas y los errores saltan al final: no mire ``rowcount`` hasta después."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def fila(sentencia: str, parametros: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Devuelve la primera fila de una consulta escrita a mano, o None."""
    resultado: tuple[Any, ...] | None = ejecutar(sentencia, parametros).fetchone()
    return resultado


def cambiar(sentencia: str, parametros: tuple[Any, ...]) -> int:
    """Ejecuta un UPDATE escrito a mano y devuelve cuántas filas cambió."""
    return int(ejecutar(sentencia, parametros).rowcount)


def hora_sql(momento: Any) -> Any:
    """Devuelve la hora como la guarda el motor de base de datos, para usarla en una sentencia escrita a mano."""
    return _hora(connection.vendor, momento)


@lru_cache(maxsize=64)  # una transacción escribe la misma hora en muchas columnas
def _hora(_motor: str, momento: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(momento)


def insertar(modelo: type[models.Model], *, si_no_existe: tuple[str, ...] = (), **valores: Any) -> bool:
    """Inserta una fila y devuelve si entró. Los campos que no se nombran toman su valor por defecto.

    ``si_no_existe``: campos de una restricción única; si ya hay una fila con esos valores no se hace nada.

    Raises:
        django.db.IntegrityError: si choca con otra restricción.
    """
    clave = (modelo, connection.vendor, si_no_existe, *valores)
    preparada = _INSERTAR.get(clave)
    if preparada is None:
        preparada = _INSERTAR[clave] = _componer(modelo, frozenset(valores), si_no_existe)
    sentencia, campos = preparada
    cursor = ejecutar(sentencia, [convertir(valores.get(nombre, defecto)) for nombre, convertir, defecto in campos])
    return not si_no_existe or cursor.rowcount == 1


def _componer(modelo: type[models.Model], dados: frozenset[str], si_no_existe: tuple[str, ...]) -> _Preparada:
    opciones = modelo._meta
    campos = [
        campo
        for campo in opciones.concrete_fields
        if campo.name in dados or not (isinstance(campo, models.AutoField) or campo.has_db_default())
    ]
    sobran = dados - {campo.name for campo in campos}
    if sobran:
        raise TypeError(f"{modelo.__name__} no tiene: {', '.join(sorted(sobran))}")
    columnas = ", ".join(connection.ops.quote_name(campo.column) for campo in campos)
    huecos = ", ".join(["%s"] * len(campos))
    sentencia = f"INSERT INTO {opciones.db_table} ({columnas}) VALUES ({huecos})"  # noqa: S608 - nombres del modelo
    if si_no_existe:
        unicas = ", ".join(opciones.get_field(nombre).column for nombre in si_no_existe)
        sentencia += f" ON CONFLICT ({unicas}) DO NOTHING"
    return sentencia, tuple((campo.name, _conversor(campo), campo.get_default()) for campo in campos)


def _conversor(campo: Any) -> _Convertir:
    """Devuelve cómo se convierte un valor para ese campo, igual que haría el ORM pero sin preguntar cada vez."""
    if isinstance(campo, models.CharField | models.TextField):
        return _texto
    if isinstance(campo, Dinero):
        return _dinero
    if isinstance(campo, models.DateTimeField):
        return hora_sql
    if isinstance(campo, models.IntegerField | models.FloatField | models.BooleanField):
        return _igual
    return lambda valor: None if valor is None else campo.get_db_prep_save(valor, connection)


def _igual(valor: Any) -> Any:
    return valor


def _texto(valor: Any) -> Any:
    return valor if valor is None or type(valor) is str else str(valor)


def _dinero(valor: Any) -> Any:
    if isinstance(valor, Decimal):
        exigir_exacto(valor)
    return valor
