package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import lathe.engine.archive.Archive;
import lathe.testdata.TestData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is wrong: one line that says what and where, the documented exit code, and no file left behind. */
class BadInputTest {

    private static final String MODEL = "fashion-resnet.onnx";

    /** Of all tests, since making an archive takes longer than most of them; none changes what {@link #writeFiles} wrote. */
    @TempDir
    static Path folder;

    /** Command line, exit code, what the line must say. {@code @} stands for the folder. */
    static Stream<Arguments> badCommandLines() {
        return Stream.of(
                bad("compress", 2, "MODEL is missing"),
                bad("pack @/nowhere.onnx", 2, "nowhere.onnx: no such file"),
                bad("pack @/text.onnx", 2, "text.onnx: not an ONNX model"),
                bad("pack @/empty.onnx", 2, "empty.onnx: the file holds no graph: not an ONNX model"),
                bad("pack @/truncated.onnx --dry-run", 2, "truncated.onnx: not an ONNX model, or a damaged one"),
                bad("pack @/external-data.onnx", 2, "external-data.data"),
                bad("pack @/model.onnx -o @/taken.onnx", 2, "taken.onnx: exists already"),
                bad("pack @/model.onnx -o @/no/where.lathe", 2, "create it first"),
                bad("pack @/packed.lathe -o @/again.lathe", 2, "packed.lathe: is an archive already"),
                bad("unpack @/nowhere.lathe", 2, "nowhere.lathe: no such file; an ONNX model or an archive is needed"),
                bad(
                        "unpack @/model.onnx -o @/new.onnx",
                        2,
                        "model.onnx: not an archive of 'lathe pack'; of an ONNX file, --float"),
                bad("unpack @/packed.lathe -o @/taken.onnx", 2, "taken.onnx: exists already"),
                bad("unpack @/cut.lathe", 2, "cut.lathe: the archive was cut short in section"),
                bad(
                        "unpack @/changed.lathe",
                        2,
                        "changed.lathe: section 1 has a wrong checksum; the archive is damaged"),
                bad("unpack @/later.lathe", 2, "later.lathe: version 2 is newer than this program reads (1)"),
                bad("inspect @/cut.lathe", 2, "cut.lathe: the archive was cut short in section"),
                bad("verify @/model.onnx @/changed.lathe", 2, "changed.lathe: section 1 has a wrong checksum"),
                bad("compress @/later.lathe", 2, "later.lathe: version 2 is newer than this program reads (1)"),
                bad("inspect @/model.onnx surplus", 2, "'surplus' is one argument too many"),
                bad("inspect @/model.onnx --input-shape 1,1,28,28", 2, "add --device, or leave it out"),
                bad(
                        "inspect @/model.onnx --device nowhere",
                        2,
                        "nowhere: no such file; a device profile, 45nm, x86-vnni"),
                bad("inspect @/model.onnx --device @/text.onnx", 2, "text.onnx"),
                bad("compress @/model.onnx --target-energy 1mJ", 2, "--target-energy needs a device"),
                bad("compress @/model.onnx --target-energy 1mX --device 45nm", 2, "must be an energy, such as 1.5mJ"),
                bad("compress @/model.onnx --target-bops 0", 2, "must be a number of bit operations, such as 40G"),
                bad("compress @/model.onnx --target-bops 9% --weights 4", 2, "exclude each other"),
                bad(
                        "compress @/model.onnx --target-latency 5ms",
                        2,
                        "--target-latency needs a device whose time it is"),
                bad("compress @/model.onnx --target-latency 5 --device x86-vnni", 2, "must be a time, such as 5ms"),
                bad("compress @/model.onnx --target-latency 5ms --device 45nm", 2, "45nm does not have; measure some"),
                bad("profile --seconds 0", 2, "--seconds 0: must be a whole number from 1 to 3600"),
                bad("profile --threads 9999", 2, "--threads 9999: must be a whole number"),
                bad("profile -o @/no/where.yaml", 2, "create it first"),
                bad("profile @/nowhere.onnx -o @/d.yaml", 2, "nowhere.onnx: no such file"),
                bad("compress @/model.onnx --device nowhere", 2, "nowhere: no such file; a device profile, 45nm"),
                bad("compress @/a.onnx @/b.onnx -o @/taken.onnx", 2, "must be an existing folder"),
                bad("compress @/a.onnx @/b.onnx -o @/nowhere", 2, "must be an existing folder"),
                bad("compress @/model.onnx @/empty/../model.onnx", 2, "would both be written to"),
                bad("compress @/model.onnx @/empty/model.onnx -o @/empty", 2, "would both be written to"),
                bad("compress @/a.onnx @/b.onnx --jobs 0", 2, "--jobs 0: must be a whole number of at least 1"),
                bad("compress @/absent.onnx --dry-run", 2, "absent.onnx: no such file"),
                bad("compress @/model.onnx --dry-rnu", 2, "did you mean --dry-run?"),
                bad("help comprss", 2, "did you mean compress?"),
                bad("help --mann", 2, "did you mean --man?"),
                bad("completion", 2, "bash|zsh|fish is missing"),
                bad("completion tcsh", 2, "tcsh: must be one of bash, zsh, fish"),
                bad("compress @/absent.onnx", 2, "absent.onnx: no such file"),
                bad("compress @", 2, "a folder; an ONNX model or an archive is needed"),
                bad("compress @/text.onnx", 2, "text.onnx: "),
                bad("compress @/empty.onnx", 2, "empty.onnx: "),
                bad("compress @/truncated.onnx", 2, "truncated.onnx: "),
                bad("compress @/external-data.onnx", 2, "external-data.data"),
                bad("compress @/no-layer.onnx", 3, "no-layer.onnx: no Conv"),
                bad("compress @/model.onnx --wieghts 8", 2, "did you mean --weights?"),
                bad("compress @/model.onnx --weights", 2, "--weights needs a value"),
                bad(
                        "compress @/model.onnx --max-memory much",
                        2,
                        "--max-memory much: must be a size, such as 900m or 4g"),
                bad("compress @/model.onnx --max-memory 255m", 2, "--max-memory 255m: must be at least 256m"),
                bad("evaluate @/model.onnx --max-memory 4k", 2, "--max-memory 4k: must be at least 256m"),
                bad(
                        "verify @/model.onnx @/model.onnx --layers --max-memory 4k",
                        2,
                        "--max-memory 4k: must be at least 256m"),
                bad(
                        "compress @/model.onnx --weights 9",
                        2,
                        "--weights 9: must be one of 1, 2, 3, 4, 5, 6, 7, 8, float, midrise1, midrise2, midrise3, lloyd2, lloyd3, lloyd4, lloyd5, lloyd6, nf4, fp8-e4m3, fp8-e5m2, kernel-codebook, kernel-codebook2"),
                bad(
                        "compress @/model.onnx --weights fp8",
                        2,
                        "--weights fp8: must be one of 1, 2, 3, 4, 5, 6, 7, 8, float, midrise1, midrise2, midrise3, lloyd2, lloyd3, lloyd4, lloyd5, lloyd6, nf4"),
                bad(
                        "compress @/model.onnx --weights nf4 --asymmetric true",
                        2,
                        "--weights nf4 and --asymmetric true exclude each other: only integers of 2 to 8 bits have zero points"),
                bad(
                        "compress @/model.onnx --weights kernel-codebook --granularity tensor",
                        2,
                        "--weights kernel-codebook has one scale per output channel: leave out --granularity and --block"),
                bad("compress @/model.onnx --ends 1", 2, "--ends 1: must be one of auto, 2, 3, 4, 5, 6, 7, 8"),
                bad(
                        "compress @/model.onnx --weights 3 --weight-form nbits",
                        2,
                        "--weight-form nbits needs --weights 4 or 8, and a --block"),
                bad(
                        "compress @/model.onnx --weight-form nbits --activations 8",
                        2,
                        "--weight-form nbits leaves activations in float"),
                bad(
                        "compress @/model.onnx --weights 4 --weight-form dynamic",
                        2,
                        "--weight-form dynamic needs --weights 8, without --block and --asymmetric true"),
                bad("compress @/model.onnx --block 8", 2, "--block 8: must be one of none, 16, 32, 64"),
                bad(
                        "compress @/model.onnx --granularity tensor --block 16",
                        2,
                        "--granularity tensor and --block 16 exclude each other"),
                bad("compress @/model.onnx --config", 2, "--config needs a value"),
                bad("compress @/model.onnx --config @/absent.yaml", 2, "absent.yaml: no such file; a YAML file"),
                bad("compress @/model.onnx --config @/empty", 2, "empty: a folder; a YAML file is needed"),
                bad(
                        "compress @/model.onnx --config @/model.onnx",
                        2,
                        "model.onnx: has no recipe; give a YAML file, or a"),
                bad("compress @/model.onnx --explain --dry-run", 2, "--explain and --dry-run exclude each other"),
                bad("compress @/a.onnx @/b.onnx --explain", 2, "--explain needs exactly one model"),
                bad("compress @/model.onnx --explain --report @/r.html", 2, "leave --dry-run and --explain out"),
                bad("inspect @/model.onnx --config @/net.yaml", 2, "unknown option --config"),
                bad("compress @/model.onnx --activations 3", 2, "one of 4, 5, 6, 7, 8, none"),
                bad("compress @/model.onnx --activation-range mze", 2, "did you mean mse?"),
                bad("compress @/model.onnx --solver gtpq", 2, "did you mean gptq?"),
                bad("compress @/model.onnx --synth pictures", 2, "one of auto, images, refined, noise, gaussian"),
                bad("compress @/model.onnx --effort low", 2, "one of normal, high"),
                bad("compress @/model.onnx --synth images --effort high --refine-steps 9", 2, "--refine-steps needs"),
                bad(
                        "compress @/model.onnx --refine-steps 9",
                        2,
                        "--refine-steps needs --synth refined or --effort high"),
                bad("compress @/model.onnx --synth refined --refine-steps 0", 2, "--refine-steps 0"),
                bad("compress @/model.onnx --prune-channels 20", 2, "must be a percentage of multiplications above 0"),
                bad("compress @/model.onnx --low-rank x", 2, "--low-rank x: must be a percentage"),
                bad("compress @/model.onnx --prune-channels 0%", 2, "must be a percentage of multiplications above 0"),
                bad("compress @/model.onnx --target-macs x", 2, "--target-macs x: must be a number of multiplications"),
                bad(
                        "compress @/model.onnx --target-macs 80% --low-rank 10%",
                        2, "--target-macs and --low-rank exclude each other"),
                bad("compress @/model.onnx --channel-block 3", 2, "--channel-block 3: must be one of 1, 2, 4, 8"),
                bad("compress @/model.onnx --images 0", 2, "--images 0: must be a whole number of at least 1"),
                bad("compress @/model.onnx --images many", 2, "--images many"),
                bad("compress @/model.onnx --seed x", 2, "--seed x"),
                bad("compress @/model.onnx --threads 0", 2, "--threads 0"),
                bad("compress @/model.onnx --input-range 1", 2, "--input-range"),
                bad("compress @/model.onnx --input-range 2,1", 2, "--input-range"),
                bad("compress @/model.onnx --input-range 0,white", 2, "'white' is no number"),
                bad("compress @/model.onnx --mean 0.5", 2, "--mean and --std"),
                bad("compress @/model.onnx --mean 0.5 --std 0", 2, "--std"),
                bad("compress @/model.onnx --mean 0.5,0.5 --std 0.5", 2, "--mean and --std: 2 numbers and 1"),
                bad("compress @/model.onnx --input-shape 1,3,224,224", 2, "--input-shape"),
                bad("compress @/model.onnx --input-shape 28", 2, "--input-shape"),
                bad("compress @/model.onnx --input-shape pixels:1,1,28,28", 2, "'image'"),
                bad("compress @/model.onnx --input-shape 1,1,28,wide", 2, "--input-shape 1,1,28,wide"),
                bad("compress @/model.onnx -o @/taken.onnx", 2, "taken.onnx: exists already"),
                bad("compress @/model.onnx -o @/model.onnx", 2, "model.onnx: exists already"),
                bad("compress @/model.onnx -o @", 2, "a folder"),
                bad("compress @/model.onnx -o @/nowhere/out.onnx", 2, "nowhere does not exist"),
                bad("compress @/model.onnx --exclude *", 3, "excluded by '*'"),
                bad("inspect @/truncated.onnx", 2, "truncated.onnx: "),
                bad("inspect @/model.onnx --images 3", 2, "unknown option --images"),
                bad("verify @/model.onnx", 2, "COMPRESSED is missing"),
                bad("verify @/model.onnx @/absent.onnx", 2, "absent.onnx: no such file"),
                bad("verify @/model.onnx @/conv1d.onnx", 2, "not versions of one network"),
                bad(
                        "verify @/model.onnx @/model.onnx --seeds 0",
                        2,
                        "--seeds 0: must be a whole number from 1 to 1000"),
                bad("verify @/model.onnx @/model.onnx --min-snr loud", 2, "--min-snr loud: must be a number"),
                bad("verify @/model.onnx @/model.onnx --min-agreement 100%", 2, "must be above 0 and below 1"),
                bad("verify @/model.onnx @/model.onnx --min-agreement 0.99 --images 9", 2, "381 are needed"),
                bad("compress @/model.onnx --max-layer-error 0", 2, "--max-layer-error 0: must be above 0, in percent"),
                bad("evaluate @/model.onnx", 2, "is missing"),
                bad("evaluate @/model.onnx --images @ --labels @/labels.txt", 2, "--mean and --std, or --input-range"),
                bad(
                        "evaluate @/model.onnx --images @/absent.png --labels @/labels.txt --input-range 0,1",
                        2,
                        "absent.png: no such file"),
                bad(
                        "evaluate @/model.onnx --images @/empty --labels @/labels.txt --input-range 0,1",
                        2,
                        "holds 0 images"),
                bad(
                        "evaluate @/model.onnx --images @/sheet.png --labels @/taken.onnx --input-range 0,1",
                        2,
                        "line 1 is 'taken'"),
                bad(
                        "evaluate @/model.onnx --images @/sheet.png --labels @/labels.txt --input-range 0,1 --tile 27x28",
                        2,
                        "do not split into tiles of 27 x 28"),
                bad(
                        "evaluate @/model.onnx --images @/sheet.png --labels @/labels.txt --input-range 0,1 --label-offset 1",
                        2,
                        "has the classes 0 to 9"),
                bad(
                        "evaluate @/model.onnx --images @/taken.onnx --labels @/labels.txt --input-range 0,1",
                        2,
                        "not an image"),
                bad("demo -o @/taken.onnx", 2, "exists already"));
    }

    /** What is in the configuration file, and what the line must say behind the file's name. */
    static Stream<Arguments> badConfigurations() {
        return Stream.of(
                config("- weights: 4", ":1:1: the file holds a list where keys are expected, such as 'weights: 4'"),
                config("weights 4", ":1:1: the file holds a text where keys are expected, such as 'weights: 4'"),
                config("\u0000\u0001", ": not YAML: special characters are not allowed; give a text in YAML 1.2"),
                config("%YAML 3.0\n---\na: 1", ": not YAML: "),
                config("a: 1\n---\nb: 2", ":2:1: not YAML: expected a single document"),
                config("weights: \"4", ":1:12: not YAML: while scanning a quoted scalar: "),
                config("\tweights: 4", ":1:1: not YAML: while scanning for the next token: "),
                config("mean: [1, 2\nstd: 3", ":2:4: not YAML: while parsing a flow sequence: "),
                config("exclude: */head/*", ":1:11: not YAML: while scanning an alias: "),
                config("exclude: */head/*", "; a text that begins with * needs quotes, such as '*/head/*'"),
                config("exclude: *", "; a text that begins with * needs quotes, such as '*/head/*'"),
                config(
                        "exclude: *head",
                        ":1:10: not YAML: found undefined alias head; a text that begins with * needs"),
                config("[[[[[[[[[[[1]]]]]]]]]]]", ":1:11: lists in lists, more than 10 deep"),
                config("weights: 4\nwieghts: 4", ":2:1: unknown key wieghts (did you mean weights?); keys are the"),
                config("input_range: 0,1", ":1:1: unknown key input_range (did you mean input-range?)"),
                config("layer: {}", ":1:1: unknown key layer (did you mean layers?)"),
                config("json: true", ":1:1: json is allowed on the command line only; remove it here"),
                config("config: a.yaml", ":1:1: config is allowed on the command line only; remove it here"),
                config("weights: 4\nweights: 5", ":2:1: weights is there twice; remove one"),
                config("? [a]\n: 4", ":1:3: a key: must be text or a number, not a list"),
                config("weights:", ":1:9: weights is empty; write a value, or remove the key"),
                config(
                        "weights: four",
                        ":1:10: weights four: must be one of 1, 2, 3, 4, 5, 6, 7, 8, float, midrise1, midrise2, midrise3, lloyd2, lloyd3, lloyd4, lloyd5, lloyd6, nf4, fp8"),
                config(
                        "weights: 9",
                        ":1:10: weights 9: must be one of 1, 2, 3, 4, 5, 6, 7, 8, float, midrise1, midrise2, midrise3, lloyd2, lloyd3, lloyd4, lloyd5, lloyd6, nf4, fp8"),
                config("threads: [4]", ":1:10: threads takes one value, not a list"),
                config("weights: [4, [5]]", ":1:14: weights takes one value, not a list"),
                config("weights: []", ":1:10: weights: the list is empty; give values, or leave the key out"),
                config("weights: [4, five]", ":1:14: weights five: must be one of"),
                config("seed: [1, 2]", ":1:7: seed takes one value, not a list: candidates are compared on the same"),
                config(
                        "weights: [2, 3, 4, 5, 6]\nblock: [none, 16, 32, 64]",
                        ": the values of weights and block can be combined in 20 ways; at most 16 are tried"),
                config(
                        "weights: [4, 5]\ngranularity: [channel, tensor]\nblock: 16",
                        ":2:24: granularity tensor and block 16 exclude each other"),
                config("steps: 4", ":1:8: steps holds a text where a list of steps is expected, such as '- quantize:"),
                config("steps:", ":1:7: steps holds a text where a list of steps is expected"),
                config("steps: {quantize: {weights: 4}}", ":1:8: steps holds a mapping where a list of steps is"),
                config("steps: [[quantize]]", ":1:9: a step is one name with its options, such as 'quantize:"),
                config("steps:\n  - quantize:\n    weights: 4", ":2:5: a step is one name with its options"),
                config(
                        "steps: [quantise: {weights: 4}]",
                        ":1:9: unknown step quantise (did you mean quantize?); steps"),
                config("steps: [quantize, prune]", ":1:19: the step prune is too late; the order is precondition,"),
                config("steps: [quantize, quantize]", ":1:19: the step quantize is there twice; remove one"),
                config(
                        "steps: [quantize: {wieghts: 4}]",
                        ":1:20: unknown key quantize.wieghts (did you mean weights?); quantize may have weights, ends,"),
                config(
                        "steps: [quantize: {sparsity: 0.5}]",
                        ":1:20: quantize.sparsity belongs to the step prune; write it there"),
                config("steps: [quantize: {force: true}]", ":1:20: unknown key quantize.force; quantize may have"),
                config("steps: [quantize: {weights: 9}]", ":1:29: quantize.weights 9: must be one of 1, 2,"),
                config("steps: [quantize]\nweights: 4", ":2:1: weights belongs to the step quantize; write it there"),
                config(
                        "steps: [quantize]\ntarget-size: 9kB",
                        ":2:1: target-size is written as 'subject to: {size: ...}'"),
                config(
                        "steps: [allocate: {target-size: 9kB}]",
                        ":1:20: allocate.target-size is written as 'subject to: {size: ...}'"),
                config("steps: [allocate]", ":1:9: allocate needs what to reach; add 'subject to: {size: 25%}'"),
                config("steps: [quantize]\nsubject to: {size: 9kB}", ":2:1: subject to needs the step allocate, or an"),
                config("minimize: loss", ":1:1: minimize needs the step allocate, or an option with several values"),
                config(
                        "steps: [allocate]\nsubject to: {sise: 9kB}",
                        ":2:14: unknown key subject to.sise (did you mean size?); subject to may have size, snr,"),
                config(
                        "steps: [allocate]\nsubject to: {snr: many}",
                        ":2:19: subject to.snr many: must be a number of dB"),
                config(
                        "steps: [allocate]\nminimize: size\nsubject to: {size: 9kB}",
                        ":2:11: minimize size: needs an SNR to keep; add 'subject to: {snr: 20}'"),
                config(
                        "steps: [allocate]\nminimize: loss\nsubject to: {snr: 20}",
                        ":2:11: minimize loss: with an SNR to keep, the size is minimized; write size"),
                config(
                        "steps: [allocate]\nminimize: time\nsubject to: {snr: 20}",
                        ":2:11: minimize time: must be loss or size"),
                config(
                        "steps: [quantize: {weights: 4}, allocate]\nsubject to: {size: 9kB}",
                        ":2:20: subject to.size and weights exclude each other: bits are chosen by what they lose"),
                config(
                        "target-size: 9kB\nsubject to: {size: 9kB}",
                        ":2:14: subject to.size is there twice, also as target-size; remove one"),
                config(
                        "weights: [4, 5]\nsubject to: {bops: 9G}",
                        ":2:14: subject to.bops needs the step allocate, which chooses bits for it"),
                config("weights: [4, 5]\nsubject to: {size: 9XB}", ":2:20: subject to.size 9XB: must be a size"),
                config("weights: {bits: 4}", ":1:10: weights: must be text or a number, not a mapping"),
                config("weights: !bits 4", ":1:10: weights: !bits is not supported; write the value alone"),
                config("weights: ${BITS}", ":1:10: weights: !ENV_VARIABLE is not supported"),
                config("threads: true", ":1:10: threads true: must be a whole number of at least 1"),
                config("seed: 1.5", ":1:7: seed 1.5: must be a whole number"),
                config("solver: gtpq", ":1:9: solver gtpq: must be one of best, gptq, nearest (did you mean gptq?)"),
                config("asymmetric: yes", ":1:13: asymmetric yes: must be true or false"),
                config("force: yes", ":1:8: force yes: must be true or false"),
                config("force: [true]", ":1:8: force takes one value, not a list"),
                config("output: \"a\\nb\"", ":1:9: output: a text must be one line of at most 4,096 printable"),
                config("exclude: [a, [b]]", ":1:14: exclude: must be text or a number, not a list"),
                config("exclude: '*'\nweights: x", ":2:10: weights x: must be one of"),
                config("mean: []", ":1:7: mean: the list is empty; give numbers"),
                config("mean: [0.5, grey]\nstd: 1", ":1:7: mean 0.5,grey: 'grey' is no number"),
                config("mean: 0.5", ":1:7: mean and std: these go together; give both"),
                config(
                        "input-range: [0, 1]\nmean: 0\nstd: 1",
                        ":1:14: input-range, or mean and std: these exclude each other"),
                config("input-shape: [1, 3]", ":1:14: input-shape 1,3: 2 numbers, but input 'image' has 4 axes"),
                config("granularity: tensor\nblock: 16", ":1:14: granularity tensor and block 16 exclude each other"),
                config("layers: 4", ":1:9: layers holds a text where keys are expected"),
                config("layers: {'*': 4}", ":1:15: layers.'*' holds a text where keys are expected"),
                config("layers: {'*': {}, '*': {}}", ":1:19: layers.'*' is there twice; remove one"),
                config("layers: {'*': {weights: 2, weights: 3}}", ":1:28: layers.'*'.weights is there twice"),
                config(
                        "layers: {'*': {weights: fp8-e5m2, asymmetric: true}}",
                        "weights fp8-e5m2 and asymmetric true exclude each other: only integers of 2 to 8 bits have zero points"),
                config("layers: {'*/a': {weights: four}}", ":1:27: layers.'*/a'.weights four: must be one of 1, 2, 3,"),
                config(
                        "layers: {'*': {weights: flaot}}",
                        "lloyd6, nf4, fp8-e4m3, fp8-e5m2, kernel-codebook, kernel-codebook2 (did you mean float?)"),
                config("layers: {'*': {asymmetric: 1}}", ":1:28: layers.'*'.asymmetric 1: must be true or false"),
                config("layers: {'*': {blok: 16}}", "unknown key layers.'*'.blok (did you mean block?); a layer may"),
                config(
                        "layers: {'*': {activations: none}}",
                        ":1:16: layers.'*'.activations cannot differ by layer; a layer may have weights, granularity,"),
                config(
                        "layers: {'*': {granularity: tensor, block: 16}}",
                        ":1:29: layers.'*'.granularity tensor and block 16 exclude each other"));
    }

    private static Arguments config(String text, String message) {
        return Arguments.of(text, message);
    }

    @ParameterizedTest(name = "{index} {0}")
    @MethodSource("badConfigurations")
    void saysWhatIsWrongInAConfigurationAndWhere(String text, String message) throws IOException {
        Files.writeString(folder.resolve("net.yaml"), text);
        List<String> before = files();
        CommandRun run = run("compress @/model.onnx --config @/net.yaml --images 1");
        assertEquals(2, run.code(), run::err);
        assertTrue(run.err().startsWith("lathe: " + folder.resolve("net.yaml") + ":"), run::err);
        assertTrue(run.err().contains(message), run::err);
        assertEquals(1, run.err().lines().count(), run::err);
        assertEquals("", run.out());
        assertEquals(before, files());
    }

    private static Arguments bad(String line, int code, String message) {
        return Arguments.of(line, code, message);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badCommandLines")
    void saysWhatIsWrongInOneLineAndLeavesNoFile(String line, int code, String message) throws IOException {
        List<String> before = files();
        CommandRun run = run(line);
        assertEquals(code, run.code(), run::err);
        assertTrue(run.err().contains(message), run::err);
        assertTrue(run.err().startsWith("lathe: "), run::err);
        assertEquals(1, run.err().lines().count(), run::err);
        assertEquals("", run.out());
        assertEquals(before, files());
    }

    @Test
    void withJsonAFailureIsAnObjectToo() throws IOException {
        CommandRun run = run("compress @/no-layer.onnx --json");
        assertEquals(3, run.code());
        assertEquals(3, run.json().getAsJsonObject("error").get("exitCode").getAsInt());
        assertEquals(
                "impossible", run.json().getAsJsonObject("error").get("kind").getAsString());
        assertEquals(
                2,
                CommandRun.of("compress", "--jsno", "--json")
                        .json()
                        .getAsJsonObject("error")
                        .get("exitCode")
                        .getAsInt());
    }

    @Test
    void withJsonABadConfigurationIsAnObjectToo() throws IOException {
        Files.writeString(folder.resolve("net.yaml"), "weights: four");
        JsonObject error =
                run("compress @/model.onnx --config @/net.yaml --json").json().getAsJsonObject("error");
        assertEquals(2, error.get("exitCode").getAsInt());
        assertEquals(
                folder.resolve("net.yaml")
                        + ":1:10: weights four: must be one of 1, 2, 3, 4, 5, 6, 7, 8, float, midrise1, midrise2, midrise3, lloyd2, lloyd3, lloyd4, lloyd5, lloyd6, nf4, fp8-e4m3,"
                        + " fp8-e5m2, kernel-codebook, kernel-codebook2",
                error.get("message").getAsString());
    }

    @Test
    void aStackTraceIsShownOnDemandOnly() throws IOException {
        assertFalse(run("inspect @/truncated.onnx").err().contains("\tat "));
        assertTrue(run("inspect @/truncated.onnx --debug").err().contains("\tat "));
    }

    @BeforeAll
    static void writeFiles() throws IOException {
        byte[] model = TestData.bytes(MODEL);
        Files.write(folder.resolve("model.onnx"), model);
        Files.write(folder.resolve("truncated.onnx"), Arrays.copyOf(model, model.length / 2));
        Files.write(folder.resolve("empty.onnx"), new byte[0]);
        writeArchives(model);
        Files.writeString(folder.resolve("text.onnx"), "This is no model.\n");
        Files.writeString(folder.resolve("taken.onnx"), "taken\n");
        Files.write(folder.resolve("labels.txt"), "1\n2\n9\n".getBytes(StandardCharsets.UTF_8));
        Files.createDirectory(folder.resolve("empty"));
        Files.write(folder.resolve("sheet.png"), TestData.bytes("fashion-test-2000.png"));
        for (String odd : List.of("odd/external/external-data.onnx", "odd/no-layer.onnx", "odd/conv1d.onnx")) {
            CommandRun.testFile(odd, folder);
        }
    }

    private static void writeArchives(byte[] model) throws IOException {
        byte[] archive;
        try (InputStream in = Archive.of(model).content()) {
            archive = in.readAllBytes();
        }
        Files.write(folder.resolve("packed.lathe"), archive);
        Files.write(folder.resolve("cut.lathe"), Arrays.copyOf(archive, archive.length / 2));
        archive[archive.length / 20] ^= 1;
        Files.write(folder.resolve("changed.lathe"), archive);
        archive[6] = 2;
        Files.write(folder.resolve("later.lathe"), archive);
    }

    private CommandRun run(String line) {
        return CommandRun.of((Object[]) line.replace("@", folder.toString()).split(" ", -1));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            return List.copyOf(new TreeSet<>(
                    found.map(file -> file.getFileName().toString()).toList()));
        }
    }
}
