"""Lo que hace el libro de cada sede, sin su protocolo: cuentas, precios, liquidación y extracto."""
