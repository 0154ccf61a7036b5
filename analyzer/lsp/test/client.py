"""A client of `lifelint lsp` for tests: one that pushes everything it gets onto `seen`."""
import json
import os
import pathlib
import subprocess


class Client:
    def __init__(self, root, capabilities=None, **initialize):
        self.root = pathlib.Path(root).resolve()
        self.process = subprocess.Popen([os.environ["LIFELINT"], "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.next_id, self.version, self.seen = 0, 0, []
        self.hello = self.ask("initialize", processId=None, rootUri=self.root.as_uri(), capabilities=capabilities or {},
                              **initialize)
        self.tell("initialized")

    def send(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def receive(self):
        length = 0
        while header := self.process.stdout.readline().strip():
            name, value = header.split(b":")
            length = int(value)
        message = json.loads(self.process.stdout.read(length))
        self.seen.append(message)
        return message

    def tell(self, method, **params):
        self.send(method=method, params=params)

    def begin(self, method, **params):
        self.next_id += 1
        self.send(id=self.next_id, method=method, params=params)
        return self.next_id

    def answer(self, wanted):
        while (message := self.receive()).get("id") != wanted or "method" in message:
            pass
        return message

    def ask(self, method, **params):
        return self.answer(self.begin(method, **params))

    def uri(self, name):
        return (self.root / name).as_uri()

    def open(self, name, text=None):
        self.version += 1
        text = (self.root / name).read_text() if text is None else text
        self.tell("textDocument/didOpen", textDocument={"uri": self.uri(name), "languageId": "c", "version": self.version,
                                                        "text": text})

    def change(self, name, *changes):
        self.version += 1
        self.tell("textDocument/didChange", textDocument={"uri": self.uri(name), "version": self.version},
                  contentChanges=list(changes))

    def published(self, name):
        """The diagnostics of the text as it is now."""
        while True:
            message = self.receive()
            if message.get("method") != "textDocument/publishDiagnostics" or message["params"]["uri"] != self.uri(name):
                continue
            if message["params"]["version"] == self.version:
                return message["params"]["diagnostics"]

    def bye(self):
        assert self.ask("shutdown")["result"] is None
        self.tell("exit")
        assert self.process.wait(10) == 0


def edit(line, start, end, text):
    return {"range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}, "text": text}
