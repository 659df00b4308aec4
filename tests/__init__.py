"""Las pruebas de Timonel. Cada carpeta es un paquete: dos ficheros pueden llamarse igual."""
