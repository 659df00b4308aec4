"""Cómo abre la base una orden que no puede esperar."""


def no_esperar(segundos: int) -> None:
    """Hace que las conexiones de este proceso se rindan a los pocos segundos si la base está ocupada o no contesta."""
    from django.db import connection

    if connection.connection is not None:  # ya abierta: lo que se cambie no le llega
        return
    opciones = connection.settings_dict["OPTIONS"]
    if connection.vendor == "postgresql":
        milisegundos = segundos * 1000
        opciones["connect_timeout"] = segundos
        opciones["options"] = (
            f"{opciones.get('options', '')} -c lock_timeout={milisegundos} -c statement_timeout={milisegundos}"
        )
    else:
        opciones["timeout"] = segundos
