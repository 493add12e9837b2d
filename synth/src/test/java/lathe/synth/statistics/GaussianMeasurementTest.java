package lathe.synth.statistics;

import lathe.engine.pipeline.StatisticsSource;
import lathe.synth.input.InputOptions;
import lathe.synth.input.SynthKind;

class GaussianMeasurementTest extends MeasurementContract {
    @Override
    StatisticsSource source(int images, int threads) {
        InputOptions options = InputOptions.DEFAULT.withImages(images).withKind(SynthKind.GAUSSIAN);
        return StatisticsSources.gaussian(options, threads);
    }
}
