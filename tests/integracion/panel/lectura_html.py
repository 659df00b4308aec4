"""Lee una página como lo haría un lector de pantalla: los grupos por su nombre accesible y lo que dicen."""

from html.parser import HTMLParser

_SIN_FIN = {"br", "img", "input", "link", "meta", "hr", "use", "rect", "circle", "polyline", "path"}


class _Grupos(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.grupos: dict[str, str] = {}
        self._pila: list[tuple[str, str | None]] = []
        self.encabezados: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SIN_FIN:
            return
        dado = dict(attrs)
        nombre = dado.get("aria-label") if dado.get("role") == "group" or tag == "article" else None
        if nombre is not None:
            self.grupos.setdefault(nombre, "")
        if tag in ("h1", "h2", "h3", "h4"):
            self.encabezados.append(int(tag[1]))
        self._pila.append((tag, nombre))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SIN_FIN:
            return
        while self._pila and self._pila.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, nombre in self._pila:
            if nombre is not None:
                self.grupos[nombre] += data


def grupos(html: str) -> dict[str, str]:
    """Devuelve lo que dice cada grupo con nombre accesible, con los espacios en uno."""
    lector = _Grupos()
    lector.feed(html)
    return {nombre: " ".join(texto.split()) for nombre, texto in lector.grupos.items()}


def encabezados(html: str) -> list[int]:
    """Devuelve los niveles de los encabezados, en orden."""
    lector = _Grupos()
    lector.feed(html)
    return lector.encabezados
