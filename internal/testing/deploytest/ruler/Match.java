import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeSet;
import software.amazon.event.ruler.Machine;

/**
 * Says which patterns each event matches, by Event Ruler. Standard input is {"patterns": {name: pattern},
 * "events": {name: event}}, standard output {event's name: [names of the patterns that match]}.
 */
class Match {
    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        JsonNode input = json.readTree(System.in);
        Machine machine = new Machine();
        for (Map.Entry<String, JsonNode> pattern : input.get("patterns").properties()) {
            machine.addRule(pattern.getKey(), pattern.getValue().toString());
        }
        ObjectNode output = json.createObjectNode();
        for (Map.Entry<String, JsonNode> event : input.get("events").properties()) {
            var matched = new TreeSet<>(machine.rulesForJSONEvent(event.getValue().toString()));
            matched.forEach(output.putArray(event.getKey())::add);
        }
        json.writeValue(System.out, output);
    }
}
