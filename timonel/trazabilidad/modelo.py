"""Las piezas de la trazabilidad: lo que pide una especificación y la fila que dice dónde está."""

import os
from dataclasses import dataclass
from pathlib import Path

RAIZ = Path(__file__).resolve().parent.parent.parent
TABLA = RAIZ / "docs" / "trazabilidad.yaml"
PAGINA = RAIZ / "docs" / "trazabilidad.md"
ESPECIFICACIONES = ("000", "001", "002")


@dataclass(frozen=True, slots=True)
class Elemento:
    """Algo que una especificación pide: un punto de lista, una columna, una clave, una función…

    ``id`` se forma con la sección y el contenido, no con la posición: mejorar el extractor no cambia los que ya hay.
    """

    id: str
    tipo: str
    texto: str


@dataclass(frozen=True, slots=True)
class Fila:
    """Dónde vive un elemento y qué prueba lo demuestra; o por qué no puede existir; o que está pendiente."""

    id: str
    texto: str
    archivo: str = ""
    prueba: str = ""
    imposible: str = ""

    @property
    def pendiente(self) -> bool:
        return not self.imposible and not (self.archivo and self.prueba)


def carpeta_de_especificaciones() -> Path | None:
    """Devuelve la carpeta con los tres documentos, o None si aquí no se pueden leer.

    ``TIMONEL_ESPECIFICACIONES`` la nombra; sin ella se busca ``shared/especificaciones`` al lado del repositorio.
    """
    carpeta = Path(os.environ.get("TIMONEL_ESPECIFICACIONES") or RAIZ.parent / "shared" / "especificaciones")
    return carpeta if all(list(carpeta.glob(f"{numero}_*.md")) for numero in ESPECIFICACIONES) else None
