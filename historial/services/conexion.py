"""La conexión a la base de datos del hilo que llama."""

from django.db import DatabaseError, connections


def cerrar() -> None:
    """Cierra las conexiones de este hilo."""
    for conexion in connections.all(initialized_only=True):
        conexion.close()


def descartar_si_no_sirve(fallo: BaseException) -> None:
    """Tras un fallo de la base, cierra la conexión que ya no responde: la siguiente orden abre otra."""
    if not isinstance(fallo, DatabaseError):
        return
    for conexion in connections.all(initialized_only=True):
        if not conexion.in_atomic_block and not conexion.is_usable():
            conexion.close()
