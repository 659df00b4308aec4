"""Dónde están las llaves de los sobres, y las claves del panel puestas en el entorno de quien opera."""

import os
from collections.abc import Callable, MutableMapping
from pathlib import Path

from dominio.errores import ErrorConfiguracion

PRIVADA = "TIMONEL_LLAVE_SOBRES_FILE"
FICHERO_PUBLICA = "llave_sobres.pub"


def crear_llaves(datos: Path, ruta_privada: Path | None = None) -> tuple[Path, Path]:
    """Crea el par y devuelve dónde quedaron (privada, pública). La privada, 0400; no sustituye ninguna que exista.

    Raises:
        ErrorConfiguracion: SOB-06 si ya hay una privada en ese sitio o no se puede escribir.
    """
    from historial import sobres

    privada = ruta_privada or Path(os.environ.get(PRIVADA) or datos / "llaves" / "operador.llave")
    publica = datos / FICHERO_PUBLICA
    texto_privada, texto_publica = sobres.crear_par()
    try:
        privada.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        datos.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(privada, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "w", encoding="ascii") as salida:
            salida.write(texto_privada + "\n")
        publica.write_text(texto_publica + "\n", encoding="ascii")
    except FileExistsError as fallo:
        raise ErrorConfiguracion(
            "SOB-06",
            f"Ya hay una llave en {privada}.",
            "Cambiarla deja sin abrir las claves guardadas: muévala antes si de verdad quiere otra.",
        ) from fallo
    except OSError as fallo:
        raise ErrorConfiguracion(
            "SOB-06", f"No se puede escribir {privada} o {publica}.", "Revise permisos y espacio."
        ) from fallo
    return privada, publica


def completar_entorno(variables: MutableMapping[str, str], avisar: Callable[[str], None]) -> list[str]:
    """Pone en ``variables`` las claves guardadas en el panel que el entorno no dé, y devuelve sus nombres.

    El entorno manda: una variable puesta (o su ``_FILE``) no se cambia. Sin llave, se avisa y se sigue sin ellas.

    Raises:
        ErrorConfiguracion: SOB-01, SOB-02 o SOB-03 si la llave no se puede leer o no abre.
    """
    from historial import sobres
    from historial.models import SecretoCifrado
    from historial.services import secretos

    faltan = [
        nombre
        for nombre in SecretoCifrado.objects.values_list("nombre", flat=True)
        if nombre in secretos.ADMITIDAS and not variables.get(nombre) and not variables.get(f"{nombre}_FILE")
    ]
    if not faltan:
        return []
    ruta = variables.get(PRIVADA)
    if not ruta:
        avisar(
            f"Hay claves guardadas en el panel ({', '.join(faltan)}) y ninguna llave para abrirlas: falta {PRIVADA}."
        )
        return []
    abiertas = secretos.abrir_secretos(sobres.leer_privada(Path(ruta)))
    variables.update({nombre: abiertas[nombre] for nombre in faltan})
    return faltan


def olvidar_privada(variables: MutableMapping[str, str]) -> None:
    """Quita del entorno el sitio de la llave privada: el proceso que sirve el panel no lo necesita."""
    variables.pop(PRIVADA, None)
