// Run by ci/clients in Node: the types of the protocol's own library, checked by its own guards.
const assert = require('assert');
const {spawn} = require('child_process');
const fs = require('fs');
const {pathToFileURL} = require('url');
const lsp = require('vscode-languageserver-protocol/node');

async function connect(capabilities) {
    const server = spawn(process.env.LIFELINT, ['lsp'], {stdio: ['pipe', 'pipe', 'inherit']});
    const connection = lsp.createProtocolConnection(new lsp.StreamMessageReader(server.stdout), new lsp.StreamMessageWriter(server.stdin));
    const seen = {diagnostics: [], progress: [], waiting: null};
    connection.onNotification(lsp.PublishDiagnosticsNotification.type, p => {
        assert(p.diagnostics.every(lsp.Diagnostic.is), JSON.stringify(p));
        seen.diagnostics.push(p);
        if (seen.waiting) seen.waiting();
    });
    connection.onRequest(lsp.WorkDoneProgressCreateRequest.type, p => {
        connection.onProgress(lsp.WorkDoneProgress.type, p.token, v => seen.progress.push(v));
    });
    connection.onRequest(lsp.DiagnosticRefreshRequest.type, () => {});
    connection.listen();
    const root = pathToFileURL(process.cwd()).href;
    const hello = await connection.sendRequest(lsp.InitializeRequest.type,
        {processId: process.pid, rootUri: root, capabilities, workspaceFolders: [{uri: root, name: 'work'}]});
    await connection.sendNotification(lsp.InitializedNotification.type, {});
    const uri = root + '/a.c', text = fs.readFileSync('a.c', 'utf8');
    const document = lsp.TextDocumentItem.create(uri, 'c', 1, text);
    await connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {textDocument: document});
    return {server, connection, seen, hello, uri, text};
}

async function close({server, connection}) {
    await connection.sendRequest(lsp.ShutdownRequest.type);
    const ended = new Promise(done => server.on('exit', done));
    await connection.sendNotification(lsp.ExitNotification.type);
    assert.strictEqual(await ended, 0);
    connection.dispose();
}

const lines = diagnostics => diagnostics.map(d => d.range.start.line + 1).sort((x, y) => x - y).join(' ');

async function published(c, wanted) {
    for (let at = 0;; at++) {
        while (at >= c.seen.diagnostics.length) await new Promise(done => (c.seen.waiting = done));
        if (lines(c.seen.diagnostics[at].diagnostics) === wanted) return c.seen.diagnostics[at].diagnostics;
    }
}

(async () => {
    const c = await connect({window: {workDoneProgress: true}, textDocument: {
        publishDiagnostics: {relatedInformation: true, codeDescriptionSupport: true, versionSupport: true},
        codeAction: {codeActionLiteralSupport: {codeActionKind: {valueSet: ['quickfix']}}}}});
    const can = c.hello.capabilities;
    for (const clangds of ['hoverProvider', 'completionProvider', 'definitionProvider', 'referencesProvider', 'renameProvider'])
        assert(!can[clangds], clangds);
    const found = await published(c, '4 9 12');
    assert(found.every(d => d.source === 'lifelint'));
    assert(found.slice(0, 2).every(d => d.relatedInformation.length && lsp.CodeDescription.is(d.codeDescription)));
    assert.deepStrictEqual([c.seen.progress[0].kind, c.seen.progress.at(-1).kind], ['begin', 'end']);
    const unused = found.find(d => d.range.start.line === 11);
    const [mend] = await c.connection.sendRequest(lsp.CodeActionRequest.type,
        {textDocument: {uri: c.uri}, range: unused.range, context: {diagnostics: [unused]}});
    assert(lsp.CodeAction.is(mend) && mend.isPreferred && lsp.WorkspaceEdit.is(mend.edit), JSON.stringify(mend));
    const own = found.find(d => d.range.start.line === 8);
    const actions = await c.connection.sendRequest(lsp.CodeActionRequest.type,
        {textDocument: {uri: c.uri}, range: own.range, context: {diagnostics: [own]}});
    assert(actions.length && actions.every(lsp.CodeAction.is), JSON.stringify(actions));
    assert(actions.every(a => lsp.WorkspaceEdit.is(a.edit) && a.kind === lsp.CodeActionKind.QuickFix));
    const accept = actions.find(a => a.title.startsWith('Accept'));
    const [change] = accept.edit.changes[c.uri];
    await c.connection.sendNotification(lsp.DidChangeTextDocumentNotification.type,
        {textDocument: {uri: c.uri, version: 2}, contentChanges: [{range: change.range, text: change.newText}]});
    await published(c, '4 13');
    await close(c);

    const asks = await connect({textDocument: {diagnostic: {dynamicRegistration: false}}});
    assert(lsp.DiagnosticOptions ? asks.hello.capabilities.diagnosticProvider.interFileDependencies : true);
    const report = await asks.connection.sendRequest(lsp.DocumentDiagnosticRequest.type, {textDocument: {uri: asks.uri}});
    assert.strictEqual(report.kind, lsp.DocumentDiagnosticReportKind.Full);
    assert.strictEqual(lines(report.items), '4 9 12');
    assert.strictEqual(asks.seen.diagnostics.length, 0);
    await close(asks);
})().catch(e => {
    console.error(e);
    process.exit(1);
});
