"""Inserción rápida: una sentencia por fila, con las columnas y la conversión que dice el modelo.

En el camino de una orden cada sentencia cuenta. ``INSERT`` se compone una vez por modelo y combinación de campos; el
valor de cada campo lo convierte el propio campo, igual que en el ORM.
"""

from typing import Any

from django.db import connection, models

_SENTENCIAS: dict[tuple[type[models.Model], str, tuple[str, ...], str], tuple[str, tuple[Any, ...]]] = {}


def insertar(modelo: type[models.Model], *, si_no_existe: tuple[str, ...] = (), **valores: Any) -> bool:
    """Inserta una fila y devuelve si entró. Los campos que no se nombran toman su valor por defecto.

    ``si_no_existe``: campos de una restricción única; si ya hay una fila con esos valores no se hace nada.

    Raises:
        django.db.IntegrityError: si choca con otra restricción.
    """
    clave = (modelo, connection.vendor, tuple(valores), ",".join(si_no_existe))
    preparada = _SENTENCIAS.get(clave)
    if preparada is None:
        preparada = _SENTENCIAS[clave] = _componer(modelo, tuple(valores), si_no_existe)
    sentencia, campos = preparada
    parametros = [
        campo.get_db_prep_save(valores[campo.name] if campo.name in valores else campo.get_default(), connection)
        for campo in campos
    ]
    with connection.cursor() as cursor:
        cursor.execute(sentencia, parametros)
        return bool(cursor.rowcount == 1)


def _componer(
    modelo: type[models.Model], dados: tuple[str, ...], si_no_existe: tuple[str, ...]
) -> tuple[str, tuple[Any, ...]]:
    opciones = modelo._meta
    campos = tuple(
        campo
        for campo in opciones.concrete_fields
        if campo.name in dados or not (isinstance(campo, models.AutoField) or campo.has_db_default())
    )
    sobran = set(dados) - {campo.name for campo in campos}
    if sobran:
        raise TypeError(f"{modelo.__name__} no tiene: {', '.join(sorted(sobran))}")
    columnas = ", ".join(connection.ops.quote_name(campo.column) for campo in campos)
    huecos = ", ".join(["%s"] * len(campos))
    sentencia = f"INSERT INTO {opciones.db_table} ({columnas}) VALUES ({huecos})"  # noqa: S608 - nombres del modelo
    if si_no_existe:
        unicas = ", ".join(opciones.get_field(nombre).column for nombre in si_no_existe)
        sentencia += f" ON CONFLICT ({unicas}) DO NOTHING"
    return sentencia, campos


def fila(sentencia: str, parametros: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Devuelve la primera fila de una consulta escrita a mano, o None."""
    with connection.cursor() as cursor:
        cursor.execute(sentencia, parametros)
        resultado: tuple[Any, ...] | None = cursor.fetchone()
        return resultado


def cambiar(sentencia: str, parametros: tuple[Any, ...]) -> int:
    """Ejecuta un UPDATE escrito a mano y devuelve cuántas filas cambió."""
    with connection.cursor() as cursor:
        cursor.execute(sentencia, parametros)
        return int(cursor.rowcount)


def hora_sql(momento: Any) -> Any:
    """Devuelve la hora como la guarda el motor de base de datos, para usarla en una sentencia escrita a mano."""
    return connection.ops.adapt_datetimefield_value(momento)
