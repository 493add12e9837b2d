package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.grid.ActivationRange;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.Histogram;
import lathe.engine.grid.QuantGrid;
import lathe.engine.report.ActivationReport;
import lathe.engine.target.Placement;

/**
 * Scales of the quantized activations, chosen from their histograms.
 *
 * @param byValue in graph order
 * @param reports the same for people
 * @param noise by value, the mean squared error of its codes
 * @param warnings values that were not always finite
 */
record ActivationScales(
        Map<String, AffineScale> byValue,
        List<ActivationReport> reports,
        Map<String, Double> noise,
        List<String> warnings) {

    /**
     * How much further the averages of real inputs may reach than those seen. What is at one position of a synthetic
     * image says little about the others, so their averages over all positions lie closer together.
     */
    private static final double AVERAGES_REACH = 2;

    /** @param bits bits of a value that has a scale of its own; what shares its scale has as many */
    static ActivationScales choose(
            Graph graph,
            Placement placement,
            Map<String, Histogram> measured,
            ToIntFunction<String> bits,
            ActivationRange range) {
        Map<String, AffineScale> scales = new LinkedHashMap<>();
        List<ActivationReport> reports = new ArrayList<>();
        Map<String, Double> noise = new HashMap<>();
        List<String> warnings = new ArrayList<>();
        for (String value : placement.valuesToMeasure()) {
            Histogram seen = measured.get(value);
            if (seen == null) {
                throw new UnsupportedModelException(
                        "value '%s' was never computed, so no range is known for it".formatted(value));
            }
            if (seen.notFinite() > 0) {
                warnings.add("value '%s' was NaN or infinite %d times in %d on the inputs it was measured with"
                        .formatted(value, seen.notFinite(), seen.notFinite() + seen.count()));
            }
            ClipBounds bounds = ClipBounds.ofValue(graph, value)
                    .orElse(new ClipBounds(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY));
            QuantGrid grid = QuantGrid.unsigned(bits.applyAsInt(value));
            AffineScale scale = range.choose(seen, grid, bounds.low(), bounds.high());
            Optional<String> averaged = placement.averageOf(value);
            if (averaged.isPresent()) {
                scale = reachingFurther(scale, averaged.map(scales::get));
            }
            scales.put(value, scale);
            noise.put(value, scale.meanSquaredError(seen));
            reports.add(new ActivationReport(value, grid.bits(), scale.low(), scale.high(), seen.min(), seen.max()));
        }
        return new ActivationScales(scales, reports, noise, warnings);
    }

    /** An average lies inside the range of what it is taken of, where that is known. */
    private static AffineScale reachingFurther(AffineScale seen, Optional<AffineScale> all) {
        double factor = AVERAGES_REACH;
        if (all.isPresent()) {
            double covering =
                    Math.max(share(all.get().low(), seen.low()), share(all.get().high(), seen.high()));
            factor = Math.max(1, Math.min(factor, covering));
        }
        float step = (float) Math.min(factor * seen.scale(), Float.MAX_VALUE);
        return new AffineScale(seen.grid(), step, seen.zeroPoint());
    }

    private static double share(double of, double end) {
        return end == 0 ? 0 : of / end;
    }
}
