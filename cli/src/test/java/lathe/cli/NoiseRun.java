package lathe.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import lathe.synth.comparison.OutputAgreement;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/** What networks compute on noise, and how far two of them are apart. */
final class NoiseRun {

    private NoiseRun() {}

    /** The output {@code y} of a network whose first input gets white noise of these extents, the same in every call. */
    static float[] output(Path model, long... dims) {
        Random random = new Random(5);
        float[] values = new float[(int) Tensor.elements(dims)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        try (Network network = Network.of(model, NetworkOptions.DEFAULT)) {
            return network.run(Map.of(network.inputs().get(0).name(), Tensor.of(values, dims)))
                    .get("y")
                    .floats();
        }
    }

    /** The SNR of an output in dB. */
    static double snr(float[] expected, float[] actual) {
        OutputAgreement agreement = new OutputAgreement();
        agreement.add(Tensor.of(expected, 1, expected.length), Tensor.of(actual, 1, actual.length));
        return agreement.signalToNoise();
    }
}
