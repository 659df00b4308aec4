"""El extractor no se deja nada de un documento: listas, árboles, tablas, SQL, JSON, YAML y funciones."""

import pytest

from timonel.trazabilidad.extractor import extraer_texto, secciones

pytestmark = pytest.mark.rapido

DOCUMENTO = '''# Título

**Versión:** 1.0

## ÍNDICE

1. [Uno](#1-uno)

## 1. UNO

- **Punto:** con `detalle`
  1. Paso anidado
- [ ] Casilla

**Regla:** solo una

| Tabla | Valor |
|-------|-------|
| a | 1 |
| b | 2 |

### 1.1 Árbol

```
carpeta/
├── fichero.py   # para qué
│   └─► Rama con flecha
└──────────────┐
│  - Dentro    │
```

## 2. CÓDIGO

```sql
CREATE TABLE cosas (
    id INTEGER PRIMARY KEY,
    nombre TEXT NOT NULL,  -- comentario, con coma
    FOREIGN KEY (id) REFERENCES otras(id),
    UNIQUE(id, nombre)
);
CREATE INDEX idx_nombre ON cosas(nombre);
INSERT INTO cosas (nombre) VALUES
('uno', 'x'),
```

```json
{"clave": 1, "otra": {"dentro": [..]}}
```

```yaml
raiz:
  hoja: 1   # nota: no es clave
  lista:
    - objetivo: 0.1, parte: 33
```

```python
class Cosa:
    def hacer(self):
        """Texto con paréntesis(no)"""
        return otra.cosa(len("x"), f"{e(1)}")
```

```mermaid
A[Entrada] --> B[Salida]
```

```
paquete>=1.0
```
'''


def _ids(texto: str = DOCUMENTO) -> list[str]:
    return [elemento.id for elemento in extraer_texto("009", texto)]


def test_extrae_todo_y_solo_lo_que_se_cuenta() -> None:
    assert _ids() == [
        "009-indice-lista-uno",
        "009-1-lista-punto-con-detalle",
        "009-1-lista-paso-anidado",
        "009-1-lista-casilla",
        "009-1-regla-regla",
        "009-1-tabla-a-1",
        "009-1-tabla-b-2",
        "009-1.1-arbol-fichero.py",
        "009-1.1-arbol-rama-con-flecha",
        "009-1.1-arbol-dentro",
        "009-2-sql-cosas",
        "009-2-sql-cosas.id",
        "009-2-sql-cosas.nombre",
        "009-2-sql-cosas.fk-id",
        "009-2-sql-cosas.unique-id-nombre",
        "009-2-sql-cosas.idx_nombre",
        "009-2-sql-fila-uno",
        "009-2-clave-clave",
        "009-2-clave-otra",
        "009-2-clave-dentro",
        "009-2-clave-raiz",
        "009-2-clave-raiz.hoja",
        "009-2-clave-raiz.lista",
        "009-2-clave-raiz.lista.objetivo",
        "009-2-clave-raiz.lista.parte",
        "009-2-clase-cosa",
        "009-2-funcion-hacer",
        "009-2-funcion-otra.cosa",
        "009-2-nodo-entrada",
        "009-2-nodo-salida",
        "009-2-dependencia-paquete",
    ]


def test_un_documento_sin_titulos_da_una_fila_por_renglon() -> None:
    texto = "Encargo inicial\n\nObjetivo general del bot\n\nHaz esto.\nY esto otro.\n"
    assert _ids(texto) == ["009-0-texto-encargo-inicial", "009-1-texto-haz-esto", "009-1-texto-y-esto-otro"]


def test_lo_repetido_en_una_seccion_lleva_ordinal_y_no_se_pierde() -> None:
    assert _ids("## 1. A\n\n- igual\n- igual\n") == ["009-1-lista-igual", "009-1-lista-igual~2"]


def test_un_punto_nuevo_no_cambia_los_identificadores_que_ya_habia() -> None:
    antes = _ids("## 1. A\n\n- uno\n- dos\n")
    despues = _ids("## 1. A\n\n- cero\n- uno\n- dos\n")
    assert set(antes) < set(despues)


def test_las_secciones_sin_numero_se_cuentan_por_orden() -> None:
    assert secciones("## A\n### A1\n### A2\n## B\n### B1\n") == ["1", "1.1", "1.2", "2", "2.1"]


def test_los_numeros_de_seccion_son_los_del_documento() -> None:
    assert secciones("## Índice\n## 3. C\n### 3.2 D\n#### Sin número\n## Anexo\n### Z\n") == [
        "indice", "3", "3.2", "3.2.1", "anexo", "anexo.1",
    ]  # fmt: skip
