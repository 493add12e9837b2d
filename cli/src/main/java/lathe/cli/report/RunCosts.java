package lathe.cli.report;

import java.util.ArrayList;
import java.util.List;
import lathe.cli.shell.Figures;

/**
 * What a run costs on a device, as predicted by its profile.
 *
 * @param before compression; energy is null if the bits of the original are not known
 * @param after compression
 */
public record RunCosts(CostTable before, CostTable after) {

    /** Time and energy, a line each, as far as the profile has them. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (after.milliseconds() != null) {
            lines.add("predicted time of a run on %s: %s -> %s (%sx), %s"
                    .formatted(
                            after.device(),
                            Figures.milliseconds(before.milliseconds()),
                            Figures.milliseconds(after.milliseconds()),
                            Figures.decimal(after.milliseconds() / before.milliseconds(), 2),
                            after.conditions()));
        }
        if (before.joules() != null && after.joules() != null) {
            lines.add("predicted energy of a run on %s: %s -> %s (%sx), %s"
                    .formatted(
                            after.device(),
                            Figures.joules(before.joules()),
                            Figures.joules(after.joules()),
                            Figures.decimal(after.joules() / before.joules(), 2),
                            after.energySource()));
        }
        return lines;
    }
}
