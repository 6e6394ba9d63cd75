"""Says hello to those who ask."""

from http.server import BaseHTTPRequestHandler, HTTPServer


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"hello from {self.path}\n".encode())


HTTPServer(("", 8080), Hello).serve_forever()
