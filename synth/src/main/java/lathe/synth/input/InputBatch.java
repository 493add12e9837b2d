package lathe.synth.input;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What to feed all inputs for a run of consecutive images.
 *
 * @param first number of the first image
 * @param count number of images
 * @param tensors by input name, in the order of the graph's inputs
 */
public record InputBatch(int first, int count, Map<String, InputTensor> tensors) {

    public InputBatch {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }
}
