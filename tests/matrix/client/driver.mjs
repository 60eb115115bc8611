// Matrix clients for the tests: one JSON object a line in, one a line out.
//
//   in   {"id": 1, "client": "1", "do": "login", ...}      out   {"id": 1, "done": ...} or {"id": 1, "failed": "..."}
//                                                          out   {"client": "1", "event": {...}}, unasked
//
// Only what needs a client is here: encrypting, decrypting, keys. Everything else is `request`, the server's own
// interface with the client's token. Keys live in memory and end with the process, which ends with its input.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { ClientEvent, MatrixEventEvent, RoomEvent, createClient } from "matrix-js-sdk";
import {
    AllDevicesIsolationMode,
    EventShieldReason,
    OnlySignedDevicesIsolationMode,
} from "matrix-js-sdk/lib/crypto-api/index.js";
import { logger } from "matrix-js-sdk/lib/logger.js";

const API = "/_matrix/client/v3";
const LOOK_MS = 20;
const clients = new Map();

for (const name of ["debug", "error", "info", "log", "trace", "warn"]) console[name] = () => {}; // output is ours
logger.setLevel("silent");

const say = (object) => process.stdout.write(JSON.stringify(object) + "\n");
const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

// What the library wants to say about a message's sender: null is "nothing to warn of".
async function shieldOf(client, event) {
    const info = event.isEncrypted() ? await client.getCrypto().getEncryptionInfoForEvent(event) : null;
    return info === null || info.shieldReason === null ? null : EventShieldReason[info.shieldReason];
}

async function described(client, event) {
    const content = event.getOriginalContent();
    return {
        id: event.getId(),
        room: event.getRoomId(),
        type: event.getType(),
        sender: event.getSender(),
        state_key: event.getStateKey() ?? null,
        content,
        relation: event.getWireContent()["m.relates_to"] ?? content["m.relates_to"] ?? {},
        encrypted: event.isEncrypted(),
        failure: event.isDecryptionFailure() ? String(event.decryptionFailureReason) : null,
        shield: event.isDecryptionFailure() ? null : await shieldOf(client, event),
        redacts: event.getAssociatedId() ?? null,
    };
}

// Events are told in the order in which they came, although decrypting takes its time.
function listen(name, client) {
    let last = Promise.resolve();
    const tell = (event) => {
        if (event.status !== null) return; // our own, not yet with the server
        last = last
            .then(async () => {
                await client.decryptEventIfNeeded(event);
                say({ client: name, event: await described(client, event) });
            })
            .catch((error) => say({ client: name, broken: String(error) }));
    };
    client.on(RoomEvent.Timeline, (event, _room, atStart) => atStart || tell(event));
    client.on(RoomEvent.LocalEchoUpdated, (event) => tell(event));
    client.on(MatrixEventEvent.Decrypted, (event) => tell(event));
    client.on(RoomEvent.MyMembership, (room, membership) =>
        say({ client: name, event: { room: room.roomId, membership } }),
    );
}

// Like Element: an identity of one's own, and this device signed with it.
const signIn = (client, user, password) =>
    client.getCrypto().bootstrapCrossSigning({
        authUploadDeviceSigningKeys: (upload) =>
            upload({ type: "m.login.password", identifier: { type: "m.id.user", user }, password }),
    });

async function published(client) {
    const own = client.getUserId();
    for (;;) {
        const answer = await request(client, { method: "POST", path: "/keys/query", body: { device_keys: { [own]: [] } } });
        if (answer.device_keys[own]?.[client.getDeviceId()]) return;
        await pause();
    }
}

async function login(name, { url, user, password, signed, strict }) {
    const entry = await createClient({ baseUrl: url }).loginRequest({
        type: "m.login.password",
        identifier: { type: "m.id.user", user },
        password,
    });
    const client = createClient({
        baseUrl: url,
        userId: entry.user_id,
        deviceId: entry.device_id,
        accessToken: entry.access_token,
    });
    clients.set(name, client);
    await client.initRustCrypto({ useIndexedDB: false });
    client
        .getCrypto()
        .setDeviceIsolationMode(strict ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false));
    listen(name, client);
    const prepared = new Promise((resolve) =>
        client.on(ClientEvent.Sync, (state) => state === "PREPARED" && resolve()),
    );
    await client.startClient({ initialSyncLimit: 100 });
    await prepared;
    if (signed) await signIn(client, user, password);
    await published(client);
    return { user_id: entry.user_id, device_id: entry.device_id };
}

const request = (client, { method, path, query, body, prefix }) =>
    client.http.authedRequest(method, path, query ?? undefined, body ?? undefined, { prefix: prefix ?? API });

// A room is created and entered piece by piece. Before the client has heard of all its state, it would send in the
// clear, or not to those who are only invited: like other clients, we wait for that.
async function known(client, room) {
    const state = await request(client, { method: "GET", path: `/rooms/${encodeURIComponent(room)}/state` });
    const heard = ({ type, state_key }) => client.getRoom(room)?.currentState.getStateEvents(type, state_key);
    while (!state.every(heard)) await pause();
    while (client.getRoom(room).getMyMembership() !== "join") await pause();
    if (!state.some(({ type }) => type === "m.room.encryption")) return;
    while (!(await client.getCrypto().isEncryptionEnabledInRoom(room))) await pause();
}

async function send(client, { room, type, content }) {
    await known(client, room);
    return (await client.sendEvent(room, type, content)).event_id;
}

function encrypted(data) {
    const key = randomBytes(32);
    const iv = Buffer.concat([randomBytes(8), Buffer.alloc(8)]);
    const cipher = createCipheriv("aes-256-ctr", key, iv);
    const secret = Buffer.concat([cipher.update(data), cipher.final()]);
    const unpadded = (bytes) => bytes.toString("base64").replace(/=+$/, "");
    return [
        secret,
        {
            v: "v2",
            key: { alg: "A256CTR", ext: true, k: key.toString("base64url"), key_ops: ["encrypt", "decrypt"], kty: "oct" },
            iv: unpadded(iv),
            hashes: { sha256: unpadded(createHash("sha256").update(secret).digest()) },
        },
    ];
}

async function sendFile(client, { room, content, data }) {
    const [secret, file] = encrypted(Buffer.from(data, "base64"));
    const { content_uri } = await client.uploadContent(secret, { type: "application/octet-stream", includeFilename: false });
    return send(client, { room, type: "m.room.message", content: { ...content, file: { ...file, url: content_uri } } });
}

async function download(client, { file }) {
    const url = client.mxcUrlToHttp(file.url, undefined, undefined, undefined, false, true, true);
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${client.getAccessToken()}` } });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const secret = Buffer.from(await answer.arrayBuffer());
    const hash = createHash("sha256").update(secret).digest("base64").replace(/=+$/, "");
    if (hash !== file.hashes.sha256.replace(/=+$/, "")) throw new Error("the file is not the one that was sent");
    const key = Buffer.from(file.key.k, "base64url");
    const cipher = createDecipheriv("aes-256-ctr", key, Buffer.from(file.iv, "base64"));
    return Buffer.concat([cipher.update(secret), cipher.final()]).toString("base64");
}

// The library asks anew for people whom it follows only when a sync tells it to; tests want to know now.
async function refresh(crypto, user) {
    const query = crypto.olmMachine.queryKeysForUsers([new UserId(user)]);
    await crypto.outgoingRequestProcessor.makeOutgoingRequest(query);
}

async function devices(client, { user }) {
    const crypto = client.getCrypto();
    await refresh(crypto, user);
    const known = (await crypto.getUserDeviceInfo([user], true)).get(user) ?? new Map();
    return Promise.all(
        [...known.values()].map(async (device) => ({
            id: device.deviceId,
            fingerprint: device.getFingerprint(),
            signed: (await crypto.getDeviceVerificationStatus(user, device.deviceId))?.signedByOwner ?? false,
        })),
    );
}

const verbs = {
    request,
    send,
    sendFile,
    download,
    devices,
    identify: (client, { user, password }) => signIn(client, user, password),
    signDevice: (client, { device }) => client.getCrypto().crossSignDevice(device),
    discardSession: (client, { room }) => client.getCrypto().forceDiscardSession(room),
    wake: async (client) => client.retryImmediately(),
};

async function obey({ id, client, do: verb, ...given }) {
    try {
        const done = verb === "login" ? await login(client, given) : await verbs[verb](clients.get(client), given);
        say({ id, done: done ?? null });
    } catch (error) {
        say({ id, failed: String(error?.message ?? error), code: error?.errcode ?? null });
    }
}

process.on("unhandledRejection", () => {}); // the library's own retries give up so; who waits is told by `obey`
createInterface({ input: process.stdin })
    .on("line", (line) => obey(JSON.parse(line)))
    .on("close", () => process.exit(0));
